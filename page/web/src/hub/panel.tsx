import type { ComponentChildren } from "preact";
import { useFeed } from "../parts/answer";
import { bytes, count, when } from "../parts/format";
import { Text } from "../parts/text";
import { state, type Source, type State } from "./calls.gen";
import { remember, Timeline, useClock } from "./timeline";
import "./style.css";

/** The Hub panel: what the sources of a hub have recorded, and where it is. Its address is #/hub. */
export default function Hub() {
  const [s, error] = useFeed(state, {}, []);
  useClock();
  if (s) remember(s);
  if (error) return <p class="empty" role="alert">{error.message}</p>;
  if (!s) return null;
  if (s.kind === "") {
    return (
      <div class="empty">
        <p>The store of this page has nothing to do with a hub.</p>
        <p><code>spectap ui --db nats://HOST:PORT/TEAM</code> shows what the proxies of a team record.</p>
      </div>
    );
  }
  return (
    <div class="hub">
      {s.error && <p class="bad" role="alert">The hub cannot be read at present (<Text text={s.error} />). It is tried again.</p>}
      <dl class="hub-facts">
        {s.address && <Fact name={s.kind === "spool" ? "sends to" : "hub"}><Text text={s.address} /></Fact>}
        {s.stored !== undefined && <Fact name="stored at the hub">{bytes(s.stored)}</Fact>}
        {s.read !== undefined && <Fact name="read by this page">{bytes(s.read)}</Fact>}
        <Fact name={s.kind === "log" ? "this copy" : s.kind === "spool" ? "this spool" : "this store"}>{bytes(s.here)}</Fact>
        {s.kind === "log" && !s.error && <Fact name="models of workers">{s.models ? `${s.models}, ${bytes(s.model_bytes ?? 0)}` : "none"}</Fact>}
      </dl>
      <p class="hub-sum" role="status">{sum(s)}</p>
      {s.sources.length > 0 && <Sources s={s} />}
      {s.more !== undefined && <p class="faint hub-note">{s.more} more sources without trouble are not listed.</p>}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

/** Says in one line whether all is well. */
function sum(s: State): string {
  if (s.sources.length === 0) return "No source has reported yet. A proxy with the hub as --db is one.";
  const out = s.kind === "spool" ? [] : [count(s.sources.length + (s.more ?? 0), "source")];
  if (s.kind === "store" || s.error) return out.join(", ");
  const of = (f: (x: Source) => number) => s.sources.reduce((n, x) => n + f(x), 0);
  const waits = of((x) => x.lag);
  out.push(waits === 0 ? "everything recorded is at the hub" : `${count(waits, "record")} not at the hub yet`);
  const behind = of((x) => x.behind);
  if (s.kind === "log") out.push(behind === 0 ? "everything at the hub is here" : `${count(behind, "record")} of the hub not here yet`);
  const gaps = of((x) => (x.gap ? 1 : 0));
  if (gaps > 0) out.push(`${count(gaps, "source")} with a gap`);
  const lost = of((x) => x.lost);
  if (lost > 0) out.push(`${count(lost, "flow")} lost`);
  return out.join(", ");
}

/** What a person has to know of a source, worst first. */
function Note({ x }: { x: Source }) {
  if (x.err) return <span class="bad">sends nothing: <Text text={x.err} /></span>;
  if (x.gap) return <span class="bad">The hub lost records after {x.here}. They were asked for again.</span>;
  if (x.lag > 0 && x.ended) return <span class="warn">ended, and its spool keeps {count(x.lag, "record")}: the next proxy with it sends them</span>;
  return <>
    {x.lost > 0 && <span class="warn">could not keep or send {count(x.lost, "flow")} </span>}
    {x.resent > 0 && <span>sent again {count(x.resent, "time")} </span>}
    {x.ended ? "ended" : x.lag > 0 ? "is sending" : ""}
  </>;
}

function Sources({ s }: { s: State }) {
  const full = s.kind !== "store" && !s.error;
  return (
    <div class="hub-scroll" tabIndex={0} role="region" aria-label="Sources">
      <table class="hub-table">
        <caption class="sr">Sources, with the numbers of their newest records</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Last ten minutes</th>
            {full && <><th scope="col" class="n">Recorded</th><th scope="col" class="n">At the hub</th><th scope="col" class="n">Lag</th>
              <th scope="col" class="n">Learned</th></>}
            {s.kind !== "spool" && <th scope="col" class="n">Here</th>}
            {full && <th scope="col" class="n">Lost</th>}
            {s.kind !== "spool" && <th scope="col">{full ? "Last report" : "Last received"}</th>}
            {full && <th scope="col">State</th>}
          </tr>
        </thead>
        <tbody>
          {s.sources.map((x) => (
            <tr key={x.name}>
              <th scope="row"><Text text={x.name} line /></th>
              <td data-name="Last ten minutes"><Timeline x={x} /></td>
              {full && <><Number name="Recorded" n={x.recorded} /><Number name="At the hub" n={x.sent} />
                <Number name="Lag" n={x.lag} bad={x.lag > 0} /><Number name="Learned" n={x.released} /></>}
              {s.kind !== "spool" && <Number name="Here" n={x.here} />}
              {full && <Number name="Lost" n={x.lost} bad={x.lost > 0} />}
              {s.kind !== "spool" && <td data-name={full ? "Last report" : "Last received"}>{x.seen ? when(x.seen) : ""}</td>}
              {full && <td class="hub-state"><Note x={x} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Number({ name, n, bad }: { name: string; n: number; bad?: boolean }) {
  return <td class={"n" + (bad ? " warn" : "")} data-name={name}>{n}</td>;
}
