import { useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { useSettled } from "../parts/decision";
import { clock } from "../parts/format";
import { useListKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { notify, notifyError } from "../parts/notice";
import { Method } from "../parts/names";
import { NotifyMe } from "../parts/notifyme";
import { go, href, type Route } from "../parts/route";
import { Text } from "../parts/text";
import { rules as state } from "../waiting";
import { add, decide, message, remove, turn, type Held, type Listed, type Rule } from "./calls.gen";
import "./style.css";

/** The Rules panel. Its address is #/rules, or #/rules/NUMBER for a held message. */
export default function Rules({ route }: { route: Route }) {
  const s = state.value;
  const open = Number(route.path[0] ?? 0);
  const anyOn = s?.rules.some((r) => r.on) ?? false;
  const all = () => void turn({ id: "", on: !anyOn }).then(() => notify(anyOn ? "All rules are off" : "All rules are on"), notifyError);
  useListKeys("Rules", "held message", (s?.held ?? []).map((h) => h.id), open, (id) => href("rules", id ? [id] : []),
    [{ keys: ["o"], does: "all rules off, or on again", run: all }]);
  if (!s) return <Loading />;
  const held = s.held.find((h) => h.id === open);
  return (
    <div class={"rules" + (open ? " with-detail" : "")}>
      <section class="rules-list" aria-label="Rules">
        {s.problem && <p class="bad" role="alert"><Text text={s.problem} /></p>}
        <div class="rules-bar">
          <h2>Held ({s.held.length})</h2>
          <span class="spacer" />
          <NotifyMe />
        </div>
        {s.held.length === 0 && <p class="faint">{s.proxy ? "Nothing waits for you. What a rule holds appears here, and goes on unchanged after two minutes."
          : <>No proxy records to this store now. Start one with <code>spectap proxy</code>.</>}</p>}
        <ul>
          {s.held.map((h) => (
            <li key={h.id}>
              <button type="button" class="rules-held" aria-current={h.id === open} onClick={() => go(href("rules", [h.id]))}>
                <span><Method method={h.method} /> <Text text={h.url} /></span>
                <span class="faint">{h.phase}{h.status ? ` ${h.status}` : ""}, until {clock(Date.parse(h.until))}, by <Text text={h.rule} /></span>
              </button>
            </li>
          ))}
        </ul>
        <div class="rules-bar">
          <h2>Rules</h2>
          <span class="spacer" />
          {s.rules.length > 0 && <button type="button" title="o" onClick={all}>{anyOn ? "All off" : "All on"}</button>}
        </div>
        {s.rules.length === 0 && <p class="faint">There are none: traffic passes as it is.</p>}
        <ul>{s.rules.map((r) => <Row key={r.id} r={r} counts={s.proxy} />)}</ul>
        <Add />
      </section>
      {open > 0 && <Detail key={open} id={open} held={held} />}
    </div>
  );
}

function Row({ r, counts }: { r: Listed; counts: boolean }) {
  return (
    <li class={"rules-rule" + (r.on ? "" : " off")}>
      <label>
        <input type="checkbox" checked={r.on} onChange={(e) => void turn({ id: r.id, on: e.currentTarget.checked }).catch(notifyError)} />
        <span><code><Text text={r.selects} /></code> <Text text={r.does} /></span>
      </label>
      <button type="button" class="quiet" aria-label={`Remove ${r.id}`} onClick={() => void remove({ id: r.id }).catch(notifyError)}>✕</button>
      <span class="faint">
        <a href={href("traffic", [], { filter: `tag:"rule:${r.id}"` })}><Text text={r.id} /></a>{counts && r.on && `, matched ${r.matched}×`}
      </span>
    </li>
  );
}

/** The actions of a rule, named as on the command line, and the fields that each asks for. */
const actions = [
  { action: "hold", title: "hold it, to look at it and edit it", phases: true },
  { action: "respond", title: "answer instead of the server", fields: ["status", "value", "file"] },
  { action: "delay", title: "delay it", phases: true, fields: ["delay_ms"] },
  { action: "set_status", title: "change the status of the response", fields: ["status"], phase: "response" },
  { action: "fail", title: "fail it: close the connection", phases: true },
  { action: "block", title: "block it with 403", phases: true },
  { action: "inject_header", title: "set a header", phases: true, fields: ["key", "value"] },
  { action: "replace_body", title: "replace text in the body", phases: true, fields: ["search_pattern", "value"] },
];

const labels: Record<string, Record<string, string>> = {
  status: { "": "Status" }, delay_ms: { "": "Milliseconds" }, key: { "": "Header" }, search_pattern: { "": "Regular expression" },
  value: { respond: "Text of the body", inject_header: "Value", "": "New text" }, file: { "": "or file with the body (absolute path)" },
};

function Add() {
  const [filter, setFilter] = useState("");
  const [at, setAt] = useState(0);
  const [phase, setPhase] = useState("request");
  const [values, setValues] = useState<Record<string, string>>({});
  const [error, setError] = useState("");
  const kind = actions[at]!;
  const submit = (e: Event) => {
    e.preventDefault();
    const d: Rule = { id: "", filter, action: kind.action, phase: kind.phase ?? (kind.phases ? phase : "request") };
    for (const f of kind.fields ?? []) {
      const v = values[f] ?? "";
      if (v === "") continue;
      if (f === "status" || f === "delay_ms") d[f] = Math.trunc(Number(v)) || -1;
      else d[f as "key"] = v;
    }
    add(d).then(() => {
      setError("");
      setValues({});
    }, (x: Error) => setError(x.message));
  };
  return (
    <form class="rules-add" onSubmit={submit} aria-label="Add a rule">
      <h2>Add a rule</h2>
      <label>For requests that match <input type="text" class="mono" value={filter} spellcheck={false} autocomplete="off"
        placeholder="method:POST path:/orders; empty for all" onInput={(e) => setFilter(e.currentTarget.value)} /></label>
      <label>Do <select value={String(at)} onChange={(e) => setAt(Number(e.currentTarget.value))}>
        {actions.map((a, i) => <option key={a.action} value={String(i)}>{a.title}</option>)}
      </select></label>
      {kind.phases && (
        <label>With the <select value={phase} onChange={(e) => setPhase(e.currentTarget.value)}>
          <option value="request">request</option><option value="response">response</option>
        </select></label>
      )}
      {(kind.fields ?? []).map((f) => (
        <label key={f}>{labels[f]![kind.action] ?? labels[f]![""]!}{" "}
          {f === "value" && kind.action !== "inject_header"
            ? <textarea rows={3} spellcheck={false} value={values[f] ?? ""} onInput={(e) => setValues({ ...values, [f]: e.currentTarget.value })} />
            : <input type="text" inputMode={f === "status" || f === "delay_ms" ? "numeric" : "text"} class="mono" autocomplete="off" spellcheck={false} value={values[f] ?? ""}
              onInput={(e) => setValues({ ...values, [f]: e.currentTarget.value })} />}
        </label>
      ))}
      {error && <p class="bad" role="alert"><Text text={error} /></p>}
      <div><button type="submit" class="filled">Add</button></div>
    </form>
  );
}

/** A held message, which can be edited. */
function Detail({ id, held }: { id: number; held: Held | undefined }) {
  const [m, unread] = useAnswer((signal) => message({ id }, signal), [id]);
  const [typed, setText] = useState<string>();
  const [failed, setError] = useState("");
  const text = typed ?? m?.text ?? "", error = failed || unread;
  const settled = useSettled(m);
  const edited = m !== undefined && text !== m.text.replace(/\r\n/g, "\n");
  const send = (drop: boolean) => {
    if (!settled) return;
    decide(drop ? { id, drop } : edited ? { id, text } : { id }).then(() => {
      notify(drop ? "Dropped" : edited ? "Sent, edited" : "Sent on");
      go(href("rules"));
    }, (e: Error) => setError(e.message));
  };
  return (
    <section class="rules-detail" aria-label="Held message">
      <header>
        <h2>{held ? `${held.phase === "request" ? "Request" : "Response"} held until ${clock(Date.parse(held.until))}` : "No longer held"}</h2>
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={() => go(href("rules"))}>✕</button>
      </header>
      {m && <textarea class="rules-text" aria-label="Message" spellcheck={false} readOnly={!held} value={text} onInput={(e) => setText(e.currentTarget.value)} />}
      {error && <p class="bad" role="alert"><Text text={error} /></p>}
      {m?.no_body && <p class="faint">The body is not shown, and stays as it is: <Text text={m.no_body} />.</p>}
      {held && (
        <footer>
          <span class="faint">Placeholders stand for secrets, which are sent if they stay in their place.</span>
          {edited && <button type="button" onClick={() => setText(undefined)}>Undo</button>}
          <button type="button" class="rules-drop" aria-disabled={!settled} onClick={() => send(true)}>Drop</button>
          <button type="button" class="filled" aria-disabled={!settled} onClick={() => send(false)}>{edited ? "Send edited" : "Send on"}</button>
        </footer>
      )}
    </section>
  );
}
