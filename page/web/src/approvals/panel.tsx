import { useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { useSettled } from "../parts/decision";
import { dateTime, dayOf } from "../parts/format";
import { useListKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { notify, notifyError } from "../parts/notice";
import { NoFile } from "../parts/nofile";
import { NotifyMe } from "../parts/notifyme";
import { go, href, type Route } from "../parts/route";
import { Text } from "../parts/text";
import { approvals as list, approvalsError as error } from "../waiting";
import { decide, revoke, show, type Held, type Standing } from "./calls.gen";
import "./style.css";

/** Returns a time of today as hours and minutes, any other with its day. */
const when = (at: string) => dateTime(Date.parse(at)).slice(dayOf(Date.parse(at)) === dayOf(Date.now()) ? 11 : 0, 16);

/** The Approvals panel. Its address is #/approvals/ID. */
export default function Approvals({ route }: { route: Route }) {
  const open = route.path[0] ?? "";

  const calls = list.value?.held ?? [];
  const waiting = calls.filter((h) => h.state === "waiting");
  const decided = calls.filter((h) => h.state !== "waiting");
  useListKeys("Approvals", "call", [...waiting, ...decided].map((h) => h.id), open, (id) => href("approvals", id ? [id] : []));

  if (error.value) return <p class="empty" role="alert">{error.value.message}{error.value.hint && <>: <code>{error.value.hint}</code></>}</p>;
  if (!list.value) return <Loading />;
  if (list.value.book === "") return <NoFile what="a file of held calls" flag="--approvals" by="spectap gateway --approvals FILE" />;
  const state = calls.find((h) => h.id === open)?.state ?? "";
  return (
    <div class={"approvals" + (open ? " with-detail" : "")}>
      <section class="approvals-list" aria-label="Held calls">
        <div class="approvals-notify"><NotifyMe /></div>
        <Group title={`Waiting (${waiting.length})`} none="No call waits for you. Calls that are held appear here by themselves." calls={waiting} open={open} />
        <Rules rules={list.value.rules} />
        {decided.length > 0 && <Group title="Decided" calls={decided} open={open} />}
      </section>
      {open && <Detail key={open + state} id={open} by={list.value.by} />}
    </div>
  );
}

function Group({ title, none, calls, open }: { title: string; none?: string; calls: Held[]; open: string }) {
  return (
    <>
      <h2>{title}</h2>
      {calls.length === 0 && none && <p class="faint">{none}</p>}
      <ul>
        {calls.map((h) => (
          <li key={h.id}>
            <button type="button" class="call" aria-current={h.id === open} onClick={() => go(href("approvals", [h.id]))}>
              <span class="call-tool"><Text text={h.tool} /></span>
              <span class={"state " + h.state}>{h.state}{h.approvers > 1 && ` ${h.decided} of ${h.approvers}`}</span>
              <span class="faint"><Text text={h.grant} />{h.client && <>, says it is “<Text text={h.client.slice(0, 60)} />”</>} · {when(h.created)}{h.state === "waiting" && `, until ${when(h.expires)}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Rules({ rules }: { rules: Standing[] }) {
  const inForce = rules.filter((r) => r.state === "approved" || r.state === "waiting");
  if (inForce.length === 0) return null;
  return (
    <>
      <h2>Approved by rule</h2>
      <ul>
        {inForce.map((r) => (
          <li key={r.id} class="rule">
            <details>
              <summary>
                <Text text={r.tool} /> for <Text text={r.grant} />
                <span class="faint">, {r.used}{r.times > 0 && ` of ${r.times}`} used, until {when(r.expires)}</span>
              </summary>
              <Lines text={r.lines} />
            </details>
            <button type="button" onClick={() => revoke({ id: r.id }).then(() => notify("Revoked"), notifyError)}>Revoke</button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the card shows first, in this order: who asks, for what, where, and why a person must agree. */
const first = ["asked by", "tool", "calls", "server", "effect", "sent with", "reason", "rule", "approvers", "approved", "denied", "until"];

/** Lines of a description. What does not fit goes on further to the right than any line begins. */
function Lines({ text }: { text: string }) {
  return <pre>{text.trimEnd().split("\n").map((l) => <div><Text text={l + "\n"} ordered /></div>)}</pre>;
}

/** The description of a call. Its first lines are names with values, and no text of the call can make a line. */
function Card({ lines }: { lines: string }) {
  const [, ...all] = lines.split("\n");
  const end = all.findIndex((l) => !l.startsWith("  "));
  const facts = all.slice(0, end < 0 ? undefined : end).map((l) => [l.slice(2, 11).trim(), l.slice(12)] as const);
  const list = (of: typeof facts) => (
    <dl>{of.map(([name, value]) => <div><dt>{name[0]?.toUpperCase() + name.slice(1)}</dt><dd><Text text={value} ordered /></dd></div>)}</dl>
  );
  const rest = facts.filter(([name]) => !first.includes(name));
  return (
    <>
      {list(first.flatMap((name) => facts.filter(([n]) => n === name)))}
      {end >= 0 && <Lines text={all.slice(end).join("\n")} />}
      {rest.length > 0 && <details><summary>Digest and time</summary>{list(rest)}</details>}
    </>
  );
}

/** Everything that one call will send, and the decision. */
function Detail({ id, by }: { id: string; by: string }) {
  const [call] = useAnswer((signal) => show({ id }, signal), [id], notifyError);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const settled = useSettled(call);
  if (!call) return <section class="approvals-detail" aria-label="Held call" />;
  const verdict = (approve: boolean) => {
    if (!settled) return;
    setBusy(true);
    decide({ id, digest: call.digest, approve, note }).then(
      (s) => notify(s.state === "waiting" ? "Noted. Others must agree as well." : approve ? "Approved" : "Denied"),
      notifyError,
    ).finally(() => setBusy(false));
  };
  return (
    <section class="approvals-detail" aria-label="Held call">
      <header>
        <h2><span class={"state " + call.state}>{call.state}</span> <code>{call.id}</code></h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => go(href("approvals"))}>✕</button>
      </header>
      <div class="approvals-card" tabIndex={0} role="region" aria-label="What will be sent"><Card lines={call.lines} /></div>
      {call.state === "waiting" && (
        <footer>
          <label>Note <input value={note} maxLength={2000} placeholder="for the audit; a denial tells it to the agent"
            onInput={(e) => setNote(e.currentTarget.value)} /></label>
          <div class="verdict">
            <span class="faint">You decide as <Text text={by} />. {call.own
              ? "This name asked for the call itself: somebody else must approve it."
              : "An approval covers exactly this call, once."}</span>
            <button type="button" class="deny" disabled={busy} aria-disabled={!settled} onClick={() => verdict(false)}>Deny</button>
            <button type="button" class="filled" disabled={busy || call.own === true} aria-disabled={!settled} onClick={() => verdict(true)}>Approve</button>
          </div>
        </footer>
      )}
    </section>
  );
}
