import { useAnswer } from "../parts/answer";
import { CodeView } from "../content/codeview";
import { useSettled } from "../parts/decision";
import { useListKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { notify, notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { plain, Text } from "../parts/text";
import { decide, definition, type State } from "./calls.gen";
import { NoFile } from "../parts/nofile";
import { when } from "../parts/format";

/** What servers say of their tools, and what a person accepted of it. */
export function Pins({ s, open }: { s: State; open: string }) {
  const servers = [...new Set(s.pins.map((p) => p.server))].map((name) => ({ name, pins: s.pins.filter((p) => p.server === name) }));
  const refs = servers.flatMap((x) => x.pins.map((p) => p.ref));
  useListKeys("Pins", "definition", refs, open, (ref) => href("guard", ref ? ["pins", ref] : ["pins"]));
  if (s.pins_file === "") return <NoFile what="a file of pins" flag="--pins" by="spectap gateway --pins FILE" />;
  if (s.pins_error) return <p class="empty bad" role="alert"><Text text={s.pins_error} /></p>;
  if (s.pins.length === 0) return <p class="empty">Nothing was pinned yet. The gateway pins what the server lists first.</p>;
  const shown = s.pins.find((p) => p.ref === open);
  return (
    <div class={"guard-pins" + (shown ? " with-detail" : "")}>
      <div class="guard-list">
        {servers.map((x) => (
          <section key={x.name}>
            <h2><Text text={x.name} /></h2>
            <ul aria-label={`Definitions of ${plain(x.name)}`}>
              {x.pins.map((p) => (
                <li key={p.ref}>
                  <button type="button" aria-current={p.ref === open} onClick={() => go(href("guard", ["pins", p.ref]))}>
                    <span class="guard-name"><Text text={p.name} /></span>
                    <span class={"guard-state " + p.status}>{p.status}</span>
                    <span class="faint">{p.kind} · {when(p.since)}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      {shown && <Detail key={shown.ref + shown.hash + shown.status} id={shown.ref} />}
    </div>
  );
}

function Detail({ id }: { id: string }) {
  const [d, error] = useAnswer((signal) => definition({ ref: id }, signal), [id]);
  const settled = useSettled(d);
  if (error) return <p class="empty" role="alert">{error}</p>;
  if (!d) return <Loading />;
  const say = (accept: boolean) => settled && void decide({ ref: d.pin.ref, hash: d.pin.hash, accept }).then(() => notify(`The definition is ${accept ? "accepted" : "rejected"}.`), notifyError);
  return (
    <section class="guard-detail" aria-label="Definition">
      <header>
        <h2><Text text={d.pin.name} /> <span class={"guard-state " + d.pin.status}>{d.pin.status}</span></h2>
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={() => go(href("guard", ["pins"]))}>✕</button>
      </header>
      <div class="guard-body" tabIndex={0}>
        {d.changes.length > 0 && (
          <>
            <h3>What differs, the most important first</h3>
            <ul class="guard-changes">
              {d.changes.map((c) => (
                <li>
                  <p><b class="warn">{c.weight}</b> <code><Text text={c.path} /></code> <Text text={c.why} /></p>
                  {c.old && <p class="guard-side"><span class="bad" aria-label="before">−</span> <Text text={c.old} /></p>}
                  {c.new && <p class="guard-side"><span class="good" aria-label="now">+</span> <Text text={c.new} /></p>}
                </li>
              ))}
            </ul>
            <p class="faint">That nothing was found in a text does not mean that it is harmless.</p>
          </>
        )}
        {d.waiting && <><h3>What waits</h3><CodeView content={d.waiting} form="json" /></>}
        {d.accepted && <><h3>What was accepted</h3><CodeView content={d.accepted} form="json" /></>}
        <p class="faint">SHA-256 <code>{d.pin.hash}</code></p>
      </div>
      {d.waiting && (
        <footer class="guard-actions">
          <span class="faint">You decide on exactly this definition.</span>
          <button type="button" class="guard-bad" aria-disabled={!settled} onClick={() => say(false)}>Reject</button>
          <button type="button" class="filled" aria-disabled={!settled} onClick={() => say(true)}>Accept</button>
        </footer>
      )}
    </section>
  );
}
