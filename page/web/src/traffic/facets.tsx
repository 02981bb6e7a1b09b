import { useEffect, useState } from "preact/hooks";
import { useCounted } from "../parts/counted";
import { digits, shortTime } from "../parts/format";
import { Method, Path } from "../parts/names";
import { Roving } from "../parts/roving";
import { plain, Text } from "../parts/text";
import { sessions, type Operation } from "./calls.gen";
import type { FlowList } from "./list";
import { nothing, type OperationList } from "./operations";
import { quoted, replaced, termsOf } from "./terms";

interface Props {
  list: FlowList;
  operations: OperationList;
  filter: string;
  onFilter: (text: string) => void;
}

/** What rows are counted by, besides their operation. The values that were seen stay listed, so that another can be chosen. */
const kinds = ["errors", "time", "status", "method", "host", "session", "tag"] as const;
type Kind = (typeof kinds)[number];
type Counts = Record<Kind, Map<string, number>> & { operations: Map<number, number> };

/** Terms of the filter for the time before now, with their lengths in milliseconds. */
const lately = [["time:>-1m", "last minute", 60_000], ["time:>-5m", "last 5 minutes", 300_000], ["time:>-1h", "last hour", 3_600_000]] as const;

/** The kinds whose values are terms of the filter, with their titles. */
const terms: Partial<Record<Kind, { fields: string[]; names: Record<string, string> }>> = {
  errors: { fields: ["is", "status"], names: { "is:failed": "no answer, or half of one", "status:>=400": "4xx or 5xx" } },
  time: { fields: ["time"], names: Object.fromEntries(lately.map(([term, name]) => [term, name])) },
};
const mostValues = 200;

/** The values that rows can be chosen by, with how many rows each has. A click filters by one. */
export function Facets({ list, operations, filter, onFilter }: Props) {
  const counts = useCounted(list, countsOf);
  const all = operations.value.value;
  const place = ["host", "method", "path"];
  const pressed = (fields: string[], terms: string) => termsOf(filter, fields) === terms;
  // The filter of one operation can be the beginning of that of another.
  const pick = (fields: string[], terms: string) => onFilter(replaced(filter, fields, pressed(fields, terms) ? "" : terms));
  const hosts = new Map(Object.keys(all.hosts).map((h) => [h, 0]));
  for (const [h, n] of counts.host) hosts.set(h, n);
  const host = [...hosts.keys()].find((h) => termsOf(filter, ["host"]) === "host:" + h);
  // The rows do not have what only bodies tell apart, such as the operations of GraphQL.
  const shown = all.operations.filter((o) => (!host || o.host === host) && !o.path.includes("#"));
  const [names, setNames] = useState<Record<string, string>>({}); // of sessions
  useEffect(() => {
    if (counts.session.size > 1) sessions({}).then((s) => setNames(Object.fromEntries(s.sessions.map((x) => [x.number, `${shortTime(Date.parse(x.started))} ${x.command || "session " + x.number}`]))), () => {});
  }, [counts.session.size]);
  const values = (m: Map<string, number>) => [...m].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, mostValues);
  const group = (title: string, kind: Kind) => {
    const { fields, names: said } = terms[kind] ?? { fields: [kind] };
    const found = said ? Object.keys(said).flatMap((v) => (counts[kind].has(v) ? [[v, counts[kind].get(v)!] as const] : [])) : values(counts[kind]);
    return found.length > 1 || (kind === "tag" && found.length > 0) ? (
      <>
        <h2>{title}</h2>
        <ul class={kind === "status" || kind === "method" ? "chips" : ""}>
          {found.map(([v, n]) => {
            const term = said ? v : `${kind}:${quoted(v)}`;
            return (
              <Facet key={v} pressed={pressed(fields, term)} onClick={() => pick(fields, term)} count={n} title={kind === "session" ? plain(`session ${v}: ${names[v] ?? ""}`) : undefined}>
                {kind === "method" ? <Method method={v} /> : kind === "status" ? <span class={"s-" + v[0]}>{v}</span> : <Text text={(kind === "session" ? names[v] : said?.[v]) ?? v} line />}
              </Facet>
            );
          })}
        </ul>
      </>
    ) : null;
  };
  return (
    <Roving role="navigation" class="facets layer" label="Facets: hosts, operations and more">
      {group("Errors", "errors")}
      {group("Time", "time")}
      {group("Status", "status")}
      {group("Method", "method")}
      {group("Sessions", "session")}
      {group("Tags", "tag")}
      <h2>Hosts {all === nothing && <span class="faint">reading…</span>}</h2>
      <ul>
        {values(hosts).map(([h, n]) => (
          <Facet key={h} pressed={h === host} onClick={() => pick(h === host ? place : ["host"], "host:" + h)} count={n}>
            <Text text={h} />
          </Facet>
        ))}
      </ul>
      <h2>Operations {all.learning && <span class="faint">learning…</span>}</h2>
      <ul>
        {shown.slice(0, 500).map((o) => (
          <Facet key={o.number} pressed={pressed(place, termsOf(o.filter, place))} onClick={() => pick(place, o.filter)}
            count={list.assigned === 0 && counts.operations.size === 0 ? undefined : counts.operations.get(o.number) ?? 0} title={title(o)}>
            <Method method={o.method} /> <Path path={o.path} />
          </Facet>
        ))}
      </ul>
      {shown.length > 500 && <p class="faint">{digits(shown.length - 500)} more</p>}
    </Roving>
  );
}

function title(o: Operation): string {
  return `${o.method} ${plain(o.path)} · ${plain(o.name)} · ${plain(o.host)}`;
}

function Facet({ pressed, onClick, count, title, children }: {
  pressed: boolean; onClick: () => void; count: number | undefined; title?: string; children: preact.ComponentChildren;
}) {
  return (
    <li>
      <button type="button" class="facet" aria-pressed={pressed} title={title} onClick={onClick}>
        <span class="what">{children}</span><span class="faint">{count === undefined ? "…" : digits(count)}</span>
      </button>
    </li>
  );
}

const seen = new Map<Kind, Set<string>>(kinds.map((k) => [k, new Set()]));

function countsOf(list: FlowList): Counts {
  const out = { operations: new Map() } as Counts;
  for (const k of kinds) out[k] = new Map([...seen.get(k)!].map((v) => [v, 0]));
  const chosen = termsOf(list.filter, ["time"]);
  const since = lately.map(([term, , ms]) => [term, term === chosen ? 0 : Date.now() - ms] as const);
  const add = <T,>(m: Map<T, number>, v: T) => m.set(v, (m.get(v) ?? 0) + 1);
  for (const r of list.rows) {
    if (r.operation) add(out.operations, r.operation);
    if (r.failed) add(out.errors, "is:failed");
    if (r.status) add(out.status, statuses[Math.floor(r.status / 100)]!);
    if (r.status && r.status >= 400) add(out.errors, "status:>=400");
    for (const [term, from] of since) if (r.started > from) add(out.time, term);
    add(out.method, r.method);
    add(out.host, r.host);
    if (r.session) add(out.session, String(r.session));
    if (r.tags) for (const t of r.tags) add(out.tag, t);
  }
  for (const k of kinds) {
    const s = seen.get(k)!;
    if (k !== "host") for (const v of out[k].keys()) if (s.size < mostValues) s.add(v);
  }
  return out;
}

const statuses = Array.from({ length: 10 }, (_, i) => i + "xx");
