import { useEffect, useState } from "preact/hooks";
import { learned, type Learned } from "../api/calls.gen";
import { useAnswer } from "../parts/answer";
import { count, dateTime } from "../parts/format";
import { useKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { go, href, noteHost, type Route } from "../parts/route";
import { plain, Text } from "../parts/text";
import { subscribe, type CallError } from "../wire";
import { Method } from "../parts/names";
import { history } from "./calls.gen";
import { OperationCall } from "./operation";
import { FlowCall } from "./flow";
import "./style.css";

/** The Call panel. Its address is #/call/op/HOST/METHOD/PATH, #/call/flow/NUMBER or
 * #/call/op/HOST. */
export default function Call({ route }: { route: Route }) {
  const [kind = "", first = "", method = "", path = ""] = route.path;
  const seq = kind === "flow" ? Number(first) : 0;
  useEffect(() => { if (kind === "op" && first !== "") noteHost(first); }, [kind, first]);
  useKeys("Call", [{ keys: ["Escape"], does: "back to the list of operations", run: () => go(href("call", kind === "op" && method !== "" ? ["op", first] : [])) }]);
  return (
    <div class="call">
      {seq > 0 ? <FlowCall key={seq} seq={seq} />
        : kind === "op" && method !== "" && path !== "" ? <OperationCall key={route.path.join("\n") + "\n" + (route.query.get("flow") ?? "")} host={first} method={method} path={path}
            from={Number(route.query.get("flow") ?? 0)} />
          : <Choice host={kind === "op" ? first : ""} />}
    </div>
  );
}

/** Requests that were sent before, to be sent again. */
function Sent() {
  const [{ sent } = { sent: [] }] = useAnswer((signal) => history({}, signal), []); // the list of operations reports errors
  if (sent.length === 0) return null;
  return (
    <details class="call-history">
      <summary>Sent before ({sent.length})</summary>
      <ul>
        {sent.map((s) => (
          <li key={s.seq}>
            <a href={href("call", ["flow", s.seq])} title="Send it again, with changes">
              <Method method={s.method} /> <Text text={s.host + s.target} /> <span class="faint">{s.status ?? "no answer"}, {dateTime(Date.parse(s.started))}</span>
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The operations that can be called. */
function Choice({ host }: { host: string }) {
  const [list, setList] = useState<Learned>();
  const [error, setError] = useState<CallError>();
  const [find, setFind] = useState("");
  useEffect(() => subscribe(learned, { host }, (l) => setList((was) => (l.learning && was ? was : l)), setError), [host]);
  if (error) return <p class="empty" role="alert">{error.message}</p>;
  if (!list) return <Loading />;
  if (list.hosts.length === 0) {
    return (
      <div class="empty">
        <p>{list.learning ? `Learning: ${list.read ?? 0} flows were read.` : "There are no flows yet."}</p>
        <p>Record some, and its operations can be called here: <a href={href("traffic")}>Traffic</a> says how.</p>
      </div>
    );
  }
  const words = find.toLowerCase().split(/\s+/);
  const shown = list.operations.filter((o) => words.every((w) => `${o.method} ${o.path} ${o.name}`.toLowerCase().includes(w)));
  return (
    <section class="call-choice" aria-label="Operations to call">
      <h2>Call an operation</h2>
      <div class="call-tools">
        <select aria-label="Host" value={list.host} onChange={(e) => go(href("call", ["op", e.currentTarget.value]))}>
          {list.hosts.map((h) => <option key={h.name} value={h.name}>{plain(h.name)} · {count(h.operations, "operation")}</option>)}
        </select>
        <input type="search" aria-label="Search operations" placeholder="Search operations" value={find} onInput={(e) => setFind(e.currentTarget.value)} />
      </div>
      <ul>
        {shown.slice(0, 500).map((o) => (
          <li key={o.method + " " + o.path}>
            <a href={href("call", ["op", list.host, o.method, o.path])}>
              <b>{plain(o.method)}</b> <Text text={o.path} /> <span class="faint"><Text text={o.name} /></span>
            </a>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="faint">{list.learning ? `Learning: ${list.read ?? 0} flows were read.`
        : list.operations.length === 0 ? "No flow of this host is part of an API." : "No operation matches."}</p>}
      {shown.length > 500 && <p class="faint">{shown.length - 500} more: search for them.</p>}
      <Sent />
      <p class="faint">To send a recorded request again, open it in Traffic and press <kbd>r</kbd>.</p>
    </section>
  );
}
