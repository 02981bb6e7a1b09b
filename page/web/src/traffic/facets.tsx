import { useEffect, useState } from "preact/hooks";
import { plain, Text } from "../parts/text";
import type { Operation } from "./calls.gen";
import type { FlowList } from "./list";
import { nothing, type OperationList } from "./operations";

interface Props {
  list: FlowList;
  operations: OperationList;
  filter: string;
  onFilter: (text: string) => void;
}

const term = /(^|\s)[-!]?(host|method|path):("(?:\\.|[^"\\])*"|[^\s"]|"[^"]*")+/g;

/** Returns a filter without its terms of host, method and path. */
function withoutPlace(filter: string): string {
  return filter.replace(term, " ").replace(/\s+/g, " ").trim();
}

/** Returns the terms that withoutPlace removes. */
function placeOf(filter: string): string {
  return (filter.match(term) ?? []).map((t) => t.trim()).join(" ");
}

/** The hosts and operations, with how many rows each has. A click filters by one. */
export function Facets({ list, operations, filter, onFilter }: Props) {
  const counts = useCounts(list);
  const all = operations.value.value;
  const rest = withoutPlace(filter);
  // The filter of one operation can be the beginning of that of another.
  const place = placeOf(filter);
  const pick = (text: string) => onFilter(place === placeOf(text) ? rest : (rest ? rest + " " : "") + text);
  const hosts = Object.entries(all.hosts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 200);
  const host = hosts.find(([h]) => new RegExp(`(^|\\s)host:${h.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(\\s|$)`).test(filter))?.[0];
  const shown = all.operations.filter((o) => !host || o.host === host);
  return (
    <nav class="facets layer" aria-label="Hosts and operations">
      <h2>Hosts {all === nothing && <span class="faint">reading…</span>}</h2>
      <ul>
        {hosts.map(([h, n]) => (
          <Facet key={h} pressed={h === host} onClick={() => onFilter(h === host ? rest : (rest ? rest + " " : "") + "host:" + h)} count={n}>
            <Text text={h} />
          </Facet>
        ))}
      </ul>
      <h2>Operations {all.learning && <span class="faint">learning…</span>}</h2>
      <ul>
        {shown.slice(0, 500).map((o) => (
          <Facet key={o.number} pressed={place === placeOf(o.filter)} onClick={() => pick(o.filter)} count={list.assigned === all.generation ? counts.get(o.number) ?? 0 : undefined} title={title(o)}>
            <span class="method">{o.method}</span> <Path path={o.path} />
          </Facet>
        ))}
      </ul>
      {shown.length > 500 && <p class="faint">{shown.length - 500} more</p>}
    </nav>
  );
}

function title(o: Operation): string {
  return `${o.method} ${plain(o.path)} · ${plain(o.name)} · ${plain(o.host)}`;
}

/** A path whose end is seen, since the beginning is often that of others. */
function Path({ path }: { path: string }) {
  const parts = path.split("/");
  let from = parts.length - 1;
  while (from > 1 && parts[from]!.startsWith("{")) from--;
  const end = from > 1 ? "/" + parts.slice(from).join("/") : "";
  return <><span class="beginning"><Text text={path.slice(0, path.length - end.length)} /></span>{end && <span class="end"><Text text={end} /></span>}</>;
}

function Facet({ pressed, onClick, count, title, children }: {
  pressed: boolean; onClick: () => void; count: number | undefined; title?: string; children: preact.ComponentChildren;
}) {
  return (
    <li>
      <button type="button" class="facet" aria-pressed={pressed} title={title} onClick={onClick}>
        <span>{children}</span><span class="faint">{count?.toLocaleString("en")}</span>
      </button>
    </li>
  );
}

/** Counts the rows of each operation, twice a second at most. */
function useCounts(list: FlowList): Map<number, number> {
  const count = () => {
    const out = new Map<number, number>();
    for (const r of list.rows) if (r.operation) out.set(r.operation, (out.get(r.operation) ?? 0) + 1);
    return out;
  };
  const [counts, setCounts] = useState(count);
  useEffect(() => {
    let timer = 0;
    const stop = list.version.subscribe(() => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        setCounts(count());
      }, 500);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [list]);
  return counts;
}
