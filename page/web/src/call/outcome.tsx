import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Content } from "../content/content";
import { plain, Text } from "../parts/text";
import { CompareDialog } from "../traffic/compare";
import { FlowDetail } from "../traffic/detail";
import { CallError } from "../wire";
import { prepare, send as sendRequest, type Prepared, type Problem, type Request, type Sent } from "./calls.gen";

interface Props {
  request: Request;
  /** The flow whose request is sent again. */
  recorded?: number;
  /** What the credential is called that is sent, if one was chosen. */
  credential?: string | undefined;
  onProblems?: (list: Problem[]) => void;
}

/** The request as it would be sent, what sends it, and the answer. */
export function Outcome({ request, recorded, credential, onProblems }: Props) {
  const [ready, setReady] = useState<{ request: Request; prepared: Prepared }>();
  const [error, setError] = useState<CallError>();
  const [sending, setSending] = useState<AbortController>();
  const [failed, setFailed] = useState<CallError>();
  const [answer, setAnswer] = useState<Sent>();
  const [comparing, setComparing] = useState(false);
  const [look, setLook] = useState(0); // increases to prepare again
  const button = useRef<HTMLButtonElement>(null);
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (answer || failed) shown.current?.scrollIntoView({ block: "nearest" });
  }, [answer, failed]);

  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      prepare(request, abort.signal).then((p) => {
        if (abort.signal.aborted) return;
        setReady({ request, prepared: p });
        setError(undefined);
        onProblems?.(p.problems);
      }, (e: unknown) => {
        if (abort.signal.aborted || !(e instanceof CallError)) return;
        setReady(undefined);
        setError(e);
        onProblems?.([]);
      });
    }, 150);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [request, look]);

  const p = ready?.prepared;
  // The button sends the request that is shown. While a change is being prepared, it is disabled.
  const current = ready?.request === request && p && p.problems.length === 0 ? p : undefined;
  const send = () => {
    if (!current || sending) return;
    const abort = new AbortController();
    setSending(abort);
    setFailed(undefined);
    setAnswer(undefined);
    sendRequest({ request, digest: current.digest }, abort.signal).then((a) => setAnswer(a), (e: unknown) => {
      setFailed(e instanceof CallError ? e : new CallError("Cancelled. The request may have arrived.", 0));
      setLook((n) => n + 1);
    }).finally(() => setSending(undefined));
  };
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || document.querySelector("dialog[open]")) return;
      e.preventDefault();
      button.current?.click();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const method = p?.text.split(" ", 1)[0] ?? "";
  return (
    <section class="call-outcome" aria-label="Request and answer">
      <div class="call-preview">
        <div class="call-bar">
          {current ? (
            <p>To <b><Text text={current.origin} /></b><Text text={current.after ?? ""} />
              {current.local && <span class="warn"> · this machine or its network</span>}
              {current.writes && <span class="warn"> · may change something</span>}</p>
          ) : <p class="faint">{error ? "Not ready." : p && p.problems.length > 0 ? `${p.problems.length} to correct.` : "…"}</p>}
          <span class="spacer" />
          {sending ? <button type="button" onClick={() => sending.abort()}>Cancel</button>
            : <button type="button" ref={button} class="call-go filled" disabled={!current} title="Send (Ctrl+Enter)" onClick={send}>Send {method}</button>}
        </div>
        {error && <p class="bad" role="alert"><Text text={error.message} />{error.hint && <span class="faint"> <Text text={error.hint} /></span>}</p>}
        {!onProblems && p?.problems.map((x) => <p class="bad" role="alert"><Text text={x.reason} /></p>)}
        {current && <Preview p={current} credential={credential} recorded={recorded} />}
        {!current && !error && p && p.problems.length > 0 && <p class="faint">The request appears here once that is corrected.</p>}
      </div>
      <div class="call-answer" ref={shown}>
        {sending && <p class="faint" role="status">Waiting for the answer…</p>}
        {failed && <p class="bad" role="alert"><Text text={failed.message} />{failed.hint && <span class="faint"> <Text text={failed.hint} /></span>}</p>}
        {answer?.refused && (
          <p class="warn" role="status">Refused: {answer.refused}. Send a newer flow of the session again, or set the headers that a page of the app sends.</p>
        )}
        {answer && answer.seq !== undefined && (
          <>
            {recorded !== undefined && (
              <p class="call-bar">Stored as flow {answer.seq}. <button type="button" onClick={() => setComparing(true)}>Compare with flow {recorded}</button></p>
            )}
            <FlowDetail key={answer.seq} seq={answer.seq} onClose={() => setAnswer(undefined)} />
          </>
        )}
        {answer && answer.seq === undefined && <Unstored a={answer} />}
      </div>
      {comparing && answer?.seq !== undefined && recorded !== undefined && <CompareDialog a={recorded} b={answer.seq} close={() => setComparing(false)} />}
    </section>
  );
}

/** The request in the form of HTTP/1.1. */
function Preview({ p, credential, recorded }: { p: Prepared; credential: string | undefined; recorded: number | undefined }) {
  const body = useMemo(() => Uint8Array.fromBase64(p.body ?? ""), [p.body]);
  const hides = useMemo(() => p.text.includes("[redacted:") || new TextDecoder().decode(body).includes("[redacted:"), [p.text, body]);
  const source = recorded !== undefined ? `that of flow ${recorded}` : [credential && `the ${plain(credential)}`, p.after && "what the app will answer", "what you typed"].filter((x) => x).join(", or ");
  return (
    <details open>
      <summary>Request <span class="faint">{hides ? "with placeholders for secrets" : "as it is sent"}</span></summary>
      {hides && (
        <p class="call-secrets">
          <span class="secret">secret</span> stands for a secret: {source}. The real value is sent in its place.
          It is not shown, so that no picture of this page has it.
        </p>
      )}
      <pre class="call-head-lines" tabIndex={0}><Text text={p.text.replace(/\r\n/g, "\n")} /></pre>
      {body.length > 0 && <Content data={body} type={p.type ?? ""} />}
    </details>
  );
}

/** An answer that could not be stored. */
function Unstored({ a }: { a: Sent }) {
  const body = useMemo(() => Uint8Array.fromBase64(a.body ?? ""), [a.body]);
  return (
    <>
      <p class="warn">The exchange is not in Traffic: {a.not_stored}.</p>
      <h3>{a.status} <span class="faint">{Math.round(a.took)} ms</span></h3>
      <table class="headers"><tbody>{a.headers.map((h) => <tr><th scope="row"><Text text={h.name} /></th><td><Text text={h.value} /></td></tr>)}</tbody></table>
      {body.length > 0 && <Content data={body} type={a.type ?? ""} />}
      {a.cut && <p class="warn">The end of the body was not received.</p>}
    </>
  );
}
