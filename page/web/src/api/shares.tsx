// What the flows of an operation look like: the shares of its statuses, and how long they took.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { count, duration } from "../parts/format";
import type { Colour } from "../parts/plot";
import { usePlot } from "../parts/useplot";
import { rows as fetchRows, type Row } from "../traffic/calls.gen";
import type { Status } from "./calls.gen";

/** One bar, whose parts are the shares of the statuses. */
export function Shares({ statuses }: { statuses: Status[] }) {
  const all = statuses.reduce((n, s) => n + s.count, 0);
  if (all === 0) return null;
  const text = (s: Status) => `${s.status || "none"}: ${s.count.toLocaleString("en")} (${percent(s.count / all)})`;
  return (
    <div class="shares">
      <div class="shares-bar" aria-hidden="true">
        {statuses.map((s) => <span class={"fill-" + Math.floor(s.status / 100)} title={text(s)} style={{ flexGrow: s.count }} />)}
      </div>
      <ul aria-label="Shares of statuses">{statuses.map((s) => <li class={"s-" + Math.floor(s.status / 100)}>{text(s)}</li>)}</ul>
    </div>
  );
}

function percent(x: number): string {
  return x > 0 && x < 0.01 ? "<1 %" : x < 1 && x > 0.99 ? ">99 %" : Math.round(x * 100) + " %";
}

/** The number of newest flows that are shown, and the longest time between updates, in milliseconds. */
const newest = 1000;
const pause = 5000;

const series = [["--good-fill", 1, 2], ["--accent-fill", 3, 3], ["--warn-fill", 4, 4], ["--bad-fill", 5, 9]] as const;

/** Returns the newest flows that a filter selects. One call may find few of many, since it ends after a time. */
async function readNewest(filter: string, signal: AbortSignal): Promise<{ rows: Row[]; more: boolean }> {
  const rows: Row[] = [];
  let before = 0;
  for (let calls = 0; calls < 20 && rows.length < newest; calls++) {
    const r = await fetchRows({ filter, before, limit: newest - rows.length }, signal);
    rows.push(...r.rows);
    before = r.next ?? 0;
    if (before === 0) break;
  }
  return { rows, more: before > 0 };
}

/** How long the newest flows took, over the time when they began. version changes with the flows. */
export function Took({ filter, version }: { filter: string; version: number }) {
  const [read, setRead] = useState<{ rows: Row[]; more: boolean }>();
  const next = useRef(0); // when they may be read again
  const plotting = usePlot(true);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      next.current = Date.now() + pause;
      readNewest(filter, abort.signal).then(setRead, () => {}); // the list of flows says why
    }, Math.max(0, next.current - Date.now()));
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [filter, version]);
  const done = useMemo(() => (read?.rows ?? []).filter((r) => r.status && r.took && !r.pending).sort((a, b) => a.started - b.started), [read]);
  const data = useMemo<uPlot.AlignedData>(() => [
    done.map((r) => r.started / 1000),
    ...series.map(([, from, to]) => done.map((r) => (r.status! >= from * 100 && r.status! < (to + 1) * 100 ? r.took! : null))),
  ], [done]);
  if (!read) return <div class="took" />;
  if (done.length < 2) return null;
  const sorted = done.map((r) => r.took!).sort((a, b) => a - b);
  const at = (q: number) => duration(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!);
  const options = (colour: Colour): Omit<uPlot.Options, "width" | "height"> => ({
    padding: [8, 30, 0, 0], cursor: { show: false },
    scales: { x: { time: true }, y: { distr: 3 } },
    axes: [
      { ...plotting!.axis(colour), size: 22, gap: 2, space: 90, values: (u, all) => all.map((x) => plotting!.timeLabel(x * 1000, (u.scales.x!.max! - u.scales.x!.min!) * 1000)) },
      { ...plotting!.axis(colour), grid: { stroke: colour("--line"), width: 1, filter: decades }, size: 58, values: (_, all) => all.map((v) => (v === null ? "" : duration(v).replace(/\.00 /, " "))), filter: decades },
    ],
    series: [{}, ...series.map(([name]) => ({ paths: plotting!.points!(), points: { show: true, size: 5, width: 0, fill: colour(name), stroke: colour(name) }, stroke: colour(name) }))],
  });
  return (
    <figure class="took">
      <figcaption>
        Took <b>{at(0.5)}</b> in the middle, <b>{at(0.95)}</b> at 95 %, <b>{at(1)}</b> at most
        <span class="faint"> · {read.more && "the newest "}{count(read.rows.length, "flow")}</span>
      </figcaption>
      {plotting && <plotting.default data={data} height={140} options={options} />}
    </figure>
  );
}

/** Labels powers of ten only. */
function decades(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((v) => (Number.isInteger(Math.round(Math.log10(v) * 1e6) / 1e6) ? v : null));
}
