// The records of a source over time, as far as the page has seen them come.
import { useEffect, useReducer } from "preact/hooks";
import { count, when } from "../parts/format";
import type { Source, State } from "./calls.gen";

const span = 10 * 60_000;
const bars = 60;
const width = 180, height = 20;

interface Sample {
  at: number;
  records: number;
}

const samples = new Map<string, Sample[]>();

/** Remembers how many records each source has now. */
export function remember(s: State) {
  const at = Date.now();
  for (const x of s.sources) {
    const records = Math.max(x.recorded, x.here);
    const list = samples.get(x.name) ?? [];
    if (list.at(-1)?.records === records) continue;
    list.push({ at, records });
    while (list.length > 1 && list[1]!.at < at - span) list.shift();
    samples.set(x.name, list);
  }
}

/** Draws the timelines again while no state comes. */
export function useClock() {
  const [, tick] = useReducer((n: number, _: void) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, span / bars);
    return () => clearInterval(timer);
  }, []);
}

/** The last minutes of a source: a bar for each ten seconds with new records, and a line for its last report. */
export function Timeline({ x }: { x: Source }) {
  const now = Date.now();
  const list = samples.get(x.name) ?? [];
  const counts = new Array<number>(bars).fill(0);
  list.slice(1).forEach((s, i) => {
    const at = Math.min(bars - 1, Math.floor((s.at - (now - span)) / (span / bars)));
    if (at >= 0) counts[at]! += Math.max(0, s.records - list[i]!.records);
  });
  const most = Math.max(1, ...counts);
  const sum = counts.reduce((n, c) => n + c, 0);
  const seen = x.seen ? (new Date(x.seen).getTime() - (now - span)) / span : -1;
  const step = width / bars;
  return (
    <svg class="hub-timeline" width={width} height={height} role="img"
      aria-label={`${count(sum, "record")} came in the last ten minutes while this page was open${x.seen ? `; the last report was at ${when(x.seen)}` : ""}`}>
      <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} class="hub-base" />
      {counts.map((c, i) => c > 0 && <rect x={i * step} width={step - 0.5} y={height - Math.max(2, c / most * height)} height={Math.max(2, c / most * height)} />)}
      {seen >= 0 && seen <= 1 && <line x1={seen * width} x2={seen * width} y1={0} y2={height} class="hub-seen" />}
    </svg>
  );
}
