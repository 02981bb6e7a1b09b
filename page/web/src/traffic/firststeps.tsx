import { useAnswer } from "../parts/answer";
import { notify } from "../parts/notice";
import { recorder } from "./calls.gen";

/** How traffic gets here, for those who see none yet. */
export function FirstSteps() {
  const [r] = useAnswer((signal) => recorder({}, signal), []); // an error is shown for the list
  if (!r) return null;
  if (r.started) return <><p>No traffic yet.</p><p>The requests of the command appear here.</p></>;
  const url = "http://" + r.proxy;
  return (
    <div class="welcome">
      <h2>No traffic yet. Three ways to get some:</h2>
      <section>
        <h3>One command</h3>
        <p>What it requests is recorded. It needs no setup.</p>
        <Command text="spectap run --ui -- npm test" />
      </section>
      <section>
        <h3>Any program</h3>
        {!r.proxy ? <><p>A proxy records browsers, phones and services that use it.</p><Command text="spectap proxy --ui" /></>
          : r.upstream ? <><p>Send requests here in place of <code>{r.upstream}</code>.</p><Command text={url} /></>
            : (
              <>
                <p>The proxy is at <code>{url}</code>. Try it:</p>
                <Command text={`curl --cacert ${quoted(r.ca ?? "")} -x ${url} https://example.com/`} />
                <a href={url + "/"} target="_blank" rel="noreferrer">How to set up browsers, phones and other programs</a>
              </>
            )}
      </section>
      <section>
        <h3>A recording</h3>
        <p>An archive of the browser's developer tools (HAR), or of another proxy.</p>
        <Command text="spectap import traffic.har" />
      </section>
      <p class="faint">Only to look around: <code>spectap demo --ui</code></p>
    </div>
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
