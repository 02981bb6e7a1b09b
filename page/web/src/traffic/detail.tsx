import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { useKeys } from "../parts/keys";
import { Menu } from "../parts/menu";
import { Method } from "../parts/names";
import { notify, notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { Tabs, tabAfter } from "../parts/tabs";
import { Text } from "../parts/text";
import { CallError } from "../wire";
import { BodyView } from "./body";
import { code, flow as fetchFlow, place as fetchPlace, type Body, type Detail, type Header, type Message, type Row } from "./calls.gen";
import { bytes, dateTime, duration, shortTime } from "../parts/format";
import type { FlowList } from "./list";
import { SocketMessages } from "./messages";
import { hasSecret, Secret } from "./secret";
import { rulesOf } from "./columns";
import { statusClass, statusText } from "./status";
import "./detail.css";

interface Props {
  seq: number;
  /** The list that the flow is in, if it is in one. */
  list?: FlowList;
  onClose: () => void;
}

type Tab = "response" | "request" | "messages" | "about";

/** The tab stays the same from one flow to the next, apart from those of WebSockets. */
const chosenHTTP = signal<Tab>("response");
const chosenSocket = signal<Tab>("messages");

/** One flow, with everything that is known of it. */
export function FlowDetail({ seq, list, onClose }: Props) {
  const [detail, setDetail] = useState<Detail>();
  const [error, setError] = useState<CallError>();
  // A flow that is not complete is read again with each new state.
  list?.version.value;
  const row = list?.rows[list.find(seq)];
  const last = row?.seq === seq ? row.last : 0;

  // Asking for an open exchange, such as a WebSocket, makes the proxy record its messages so far.
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const read = () => fetchFlow({ seq }, abort.signal).then(
      (d) => {
        setDetail(d);
        setError(undefined);
        if (d.row.pending && !abort.signal.aborted) timer = window.setTimeout(read, document.hidden ? 10_000 : 1000);
      },
      (e: unknown) => { if (!abort.signal.aborted) setError(e as CallError); },
    );
    void read();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [seq, last]);

  const tabs: [Tab, string][] = detail?.messages || detail?.row.messages
    ? [["messages", `Messages ${detail.messages ?? 0}`], ["response", "Response"], ["request", "Request"], ["about", "About"]]
    : [["response", "Response"], ["request", "Request"], ["about", "About"]];
  const chosen = tabs.length === 4 ? chosenSocket : chosenHTTP;
  const tab = tabs.some(([t]) => t === chosen.value) ? chosen.value : tabs[0]![0];
  const show = (t: Tab) => (chosen.value = t);
  const replay = () => go(href("call", ["flow", seq]));
  useKeys("Flow", [
    { keys: ["l", "ArrowRight"], does: "next tab of the flow", run: () => show(tabAfter(tabs, tab, 1)) },
    { keys: ["h", "ArrowLeft"], does: "tab before", run: () => show(tabAfter(tabs, tab, -1)) },
    { keys: ["r"], does: "send it again, with changes", run: replay },
    { keys: ["c"], does: "copy as curl", run: () => copyAs(seq, "curl") },
  ]);

  return (
    <section class="detail" aria-label={"Flow " + seq} aria-busy={detail?.row.seq !== seq && !error}>
      <header class="detail-head">
        {detail && (
          <h2 tabIndex={detail.url.length > 150 ? 0 : undefined} /* it may scroll */>
            <span class={"status " + statusClass(detail.row)}>{statusText(detail.row)}</span>{" "}
            <Method method={detail.row.method} /> <Secret seq={seq} part="url" text={detail.url} />
          </h2>
        )}
        <button type="button" title="Send it again, with changes (r)" onClick={replay}>Replay</button>
        <CopyMenu seq={seq} url={detail?.url ?? ""} />
        <button type="button" class="quiet" aria-label="Close the flow" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <Tabs label="Parts of the flow" class="tabs small" id="part" controls="part" tabs={tabs} current={tab} choose={show}>
        {detail && <span class="faint when">{shortTime(detail.row.started)}{detail.row.took && !detail.row.pending ? " · " + duration(detail.row.took) : ""}</span>}
      </Tabs>
      <div class="detail-body layer" role="tabpanel" id="part" aria-labelledby={"part-" + tab} tabIndex={0}>
        {error && <p class="empty" role="alert">{error.message}</p>}
        {detail && rulesOf(detail.row).length > 0 && (
          <p class="warn by-rule"><span class="rule-mark">rule</span> {rulesOf(detail.row).map((r, i) => <>{i > 0 && ", "}<a href={href("rules")}><Text text={r} /></a></>)} changed, held or
            answered this. What client and server sent is shown, and no document learns from it.</p>
        )}
        {detail?.row.denied && <p class="warn by-rule">The guard did not send this. <a href={href("guard", ["denied"])}>What to do</a></p>}
        {detail && (
          tab === "response" ? <Response d={detail} />
            : tab === "request" ? <MessagePart row={detail.row} response={false} m={detail.request} />
              : tab === "messages" ? <SocketMessages seq={seq} last={detail.row.last} />
                : <About d={detail} />
        )}
      </div>
    </section>
  );
}

const forms: [string, string][] = [["curl", "curl"], ["fetch", "fetch (JavaScript)"], ["requests", "Python (requests)"]];

function copyAs(seq: number, framework: string) {
  code({ seq, framework }).then(async (c) => {
    await navigator.clipboard.writeText(c.code);
    const file = `body-${seq}.bin`; // of a body that is no text, or too long
    notify("Copied." + (c.variables.length > 0 ? ` It reads ${c.variables.join(", ")} from the environment.` : "")
      + (c.code.includes(file) ? ` It reads the body from ${file}: save the body of the request under this name.` : ""));
  }).catch(notifyError);
}

function CopyMenu({ seq, url }: { seq: number; url: string }) {
  return (
    <Menu label="Copy" title="Copy the request" items={[
      { label: "URL", run: () => void navigator.clipboard.writeText(url).then(() => notify("Copied.")) },
      ...forms.map(([framework, label]) => ({ label: "as " + label, run: () => copyAs(seq, framework) })),
    ]} />
  );
}

function Response({ d }: { d: Detail }) {
  const error = d.error && <p class="bad"><Secret seq={d.row.seq} part="error" text={d.error} /></p>;
  if (!d.response) return error || <p class="empty">No response yet.</p>;
  return <>{error}<MessagePart row={d.row} response m={d.response} /></>;
}

function MessagePart({ row: { seq, last }, response, m }: { row: Row; response: boolean; m: Message }) {
  return (
    <section class="message">
      {m.changed && <p class="warn">The {m.changed} changed on the way. This is what was sent before.</p>}
      <details open={m.headers.length <= 12 || m.body.size === 0}>
        <summary>Headers <span class="faint">{m.headers.length} · {m.proto}</span></summary>
        <HeaderTable seq={seq} response={response} part="header" headers={m.headers} />
        {m.trailers.length > 0 && <><h3>Trailers</h3><HeaderTable seq={seq} response={response} part="trailer" headers={m.trailers} /></>}
      </details>
      {m.body.size > 0 && (
        <div class="body">
          <h3>Body <span class="faint">{amount(m.body)}</span></h3>
          <BodyView key={seq + String(response)} seq={seq} last={last} response={response} body={m.body} />
        </div>
      )}
    </section>
  );
}

/** Says how much of a body arrived. A note about sizes says that, too. */
function amount({ size, note = "" }: Body): string {
  return /^(cut off|truncated)/.test(note) ? note : bytes(size) + (note && " · " + note);
}

function HeaderTable({ seq, response, part, headers }: { seq: number; response: boolean; part: "header" | "trailer"; headers: Header[] }) {
  return (
    <table class="headers">
      <tbody>
        {headers.map((h, i) => (
          <tr key={seq + "-" + i}>
            <th scope="row"><Text text={h.name} line /></th>
            <td>{hasSecret(h.value) ? <Secret seq={seq} response={response} part={part} index={i} text={h.value} /> : <Text text={h.value} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function About({ d }: { d: Detail }) {
  const [asked, again] = useState(0);
  const [place] = useAnswer((signal) => fetchPlace({ seq: d.row.seq }, signal), [d.row.seq, d.row.last, asked], notifyError);
  useEffect(() => {
    const timer = place?.learning ? setTimeout(() => again(asked + 1), 1000) : 0;
    return () => clearTimeout(timer);
  }, [place]);
  const end = d.row.started + (d.row.took ?? 0);
  return (
    <dl class="about">
      <div><dt>Operation</dt><dd>
        {!place || place.learning ? <span class="faint">being determined…</span>
          : place.path ? (
            <>
              {place.template
                ? <a href={href("api", [d.row.host, place.method!, place.template])}><code><Text text={place.method! + " " + place.path} /></code></a>
                : <code><Text text={place.method! + " " + place.path} /></code>}{" "}
              <span class="faint"><Text text={place.name ?? ""} /></span>
            </>
          ) : "none"}
      </dd></div>
      {place?.template && (
        <div><dt>Form</dt><dd><a href={href("call", ["op", d.row.host, place.method!, place.template], { flow: String(d.row.seq) })}>
          Call the operation with these values</a></dd></div>
      )}
      {place?.left_out && <div><dt>In the document</dt><dd class="warn">no: <Text text={place.left_out} /></dd></div>}
      {place && !place.learning && !place.left_out && <div><dt>In the document</dt><dd class="good">yes</dd></div>}
      <div><dt>Started</dt><dd>{dateTime(d.row.started)}</dd></div>
      <div><dt>Ended</dt><dd>{d.row.pending ? "not yet" : dateTime(end)}</dd></div>
      <div><dt>Took</dt><dd>{d.row.took && !d.row.pending ? duration(d.row.took) : "–"}</dd></div>
      {[d.request, ...(d.response ? [d.response] : [])].map((m, i) => (
        <div><dt>{i === 0 ? "Request" : "Response"}</dt><dd class={m.body.kept < m.body.size || m.body.note?.includes(" of ") ? "warn" : ""}>{amount(m.body)} · {m.proto}</dd></div>
      ))}
      <div><dt>Source</dt><dd><Text text={d.source} /></dd></div>
      <div><dt>Number</dt><dd>{d.row.seq} <span class="faint">as in <code>spectap flows show {d.row.seq}</code></span></dd></div>
    </dl>
  );
}
