import { useEffect, useState } from "preact/hooks";
import { notify } from "../parts/notice";
import { recorder, type Recorder } from "./calls.gen";

/** How traffic gets here, for those who see none yet. */
export function FirstSteps() {
  const [r, setRecorder] = useState<Recorder>();
  useEffect(() => {
    const abort = new AbortController();
    recorder({}, abort.signal).then(setRecorder, () => {}); // an error is shown for the list
    return () => abort.abort();
  }, []);
  if (!r) return null;
  if (r.started) return <p>The requests of the command appear here.</p>;
  if (!r.proxy) {
    return <p>Record some: <code>spectap run -- npm test</code> records one command, <code>spectap proxy</code> any program that uses the proxy.</p>;
  }
  const url = "http://" + r.proxy;
  if (r.upstream) return <p>Send requests to <Command text={url} /> in place of <code>{r.upstream}</code>.</p>;
  return (
    <>
      <p>The proxy is at <Command text={url} />. Try it:</p>
      <p><Command text={`curl --cacert ${quoted(r.ca ?? "")} -x ${url} https://example.com/`} /></p>
      <p><a href={url + "/"} target="_blank" rel="noreferrer">How to set up browsers, phones and other programs</a></p>
      <p class="faint">To record one command, you need no setup: <code>spectap run --ui -- npm test</code></p>
    </>
  );
}

/** A text for another window, which a click copies. */
function Command({ text }: { text: string }) {
  return (
    <button type="button" class="command" title="Copy" onClick={() => void navigator.clipboard.writeText(text).then(() => notify("Copied."))}>
      <code>{text}</code>
    </button>
  );
}

/** Returns a path as an argument of a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./:~-]+$/.test(path) ? path : "'" + path.replaceAll("'", "'\\''") + "'";
}
