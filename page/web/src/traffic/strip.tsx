// Flows over time above the list: a bar for each span of time, whose parts are the classes of statuses.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { useCounted } from "../parts/counted";
import { clock, count, dateTime, dayOf, digits, shortTime } from "../parts/format";
import { useKeys } from "../parts/keys";
import type { Colour } from "../parts/plot";
import { usePlot } from "../parts/useplot";
import type { Row } from "./calls.gen";
import type { FlowList } from "./list";
import { during, replaced, termsOf } from "./terms";

/** Classes from the bottom of a bar to its top: few errors are seen beside many successes. */
const classes = [
  { name: "no answer", colour: "--lost-fill" }, { name: "5xx", colour: "--bad-fill" }, { name: "4xx", colour: "--warn-fill" },
  { name: "3xx", colour: "--accent-fill" }, { name: "2xx", colour: "--good-fill" }, { name: "1xx", colour: "--bar-fill" },
  { name: "no response yet", colour: "--line" },
];

function classOf(r: Row): number {
  if (r.failed || (!r.status && !r.pending)) return 0;
  return r.status ? Math.max(1, Math.min(5, 6 - Math.floor(r.status / 100))) : 6;
}

/** Lengths of spans, in milliseconds. */
const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day];
const mostBars = 180;
const height = 56;

interface Bins {
  from: number;
  step: number;
  /** The number of flows of each class in each span. */
  counts: number[][];
  total: number[];
}

function binsOf(rows: Row[]): Bins | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const r of rows) {
    if (r.started < from) from = r.started;
    if (r.started > to) to = r.started;
  }
  if (from > to) return undefined;
  const step = steps.find((s) => (to - from) / s < mostBars - 1) ?? Math.ceil((to - from) / mostBars / day) * day;
  const zone = step >= hour ? new Date(from).getTimezoneOffset() * minute : 0; // days begin at midnight here
  from = Math.floor((from - zone) / step) * step + zone;
  const n = Math.floor((to - from) / step) + 1;
  const counts = classes.map(() => new Array<number>(n).fill(0));
  const total = new Array<number>(n).fill(0);
  for (const r of rows) {
    const i = Math.floor((r.started - from) / step);
    counts[classOf(r)]![i]!++;
    total[i]!++;
  }
  return { from, step, counts, total };
}

/** Returns the height of each class in a stack, with at least four pixels for errors. */
function stack(b: Bins): uPlot.AlignedData {
  const least = Math.max(...b.total) / (height - 20) * 4;
  const sums = b.total.map(() => 0);
  const series = classes.map((_, c) => sums.map((_, i) => {
    const n = b.counts[c]![i]!;
    return (sums[i]! += n > 0 && c < 3 ? Math.max(n, least) : n);
  }));
  return [b.total.map((_, i) => (b.from + i * b.step) / 1000), ...series.reverse()];
}

/** Returns the bar that is nearest to a number, and to a time. */
const inside = (b: Bins, i: number) => Math.max(0, Math.min(b.total.length - 1, i));
const barAt = (b: Bins, time: number) => inside(b, Math.floor((time - b.from) / b.step));

function describe(b: Bins, from: number, to: number): string {
  const sum = (of: number[]) => of.slice(from, to + 1).reduce((n, x) => n + x, 0);
  const start = b.from + from * b.step, end = b.from + (to + 1) * b.step;
  const precise = b.step < second ? (ms: number) => dateTime(ms).slice(11) : dayOf(start) === dayOf(end) ? clock : shortTime;
  const parts = classes.map((c, i) => [sum(b.counts[i]!), c.name] as const).filter(([n]) => n > 0);
  return `${b.step < second ? precise(start) : shortTime(start)}–${precise(end)}: ${count(sum(b.total), "flow")}${parts.length > 0 ? ": " + parts.map(([n, name]) => `${digits(n)} ${name}`).join(", ") : ""}`;
}

interface Props {
  list: FlowList;
  filter: string;
  onFilter: (text: string) => void;
}

export function Strip({ list, filter, onFilter }: Props) {
  const counted = useCounted(list, (l) => binsOf(l.rows));
  const [held, hold] = useState<Bins>(); // the bars do not move while a person drags
  const bins = held ?? counted;
  const plotting = usePlot(list.ready.value);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [mark, setMark] = useState<[number, number]>(); // the times that the keys are at: where it was begun, where it ends
  const [pointed, setPointed] = useState<[number, number]>(); // the bars that the mouse is at, or drags over
  const data = useMemo(() => bins && stack(bins), [bins]);
  const marked = useRef(mark);
  marked.current = mark;
  const now = useRef(bins);
  now.current = bins;
  const act = useRef((_from: number, _to: number) => {});
  act.current = (from, to) => bins && onFilter(replaced(filter, ["time"], during(bins.from + from * bins.step, bins.from + (to + 1) * bins.step)));
  const all = () => onFilter(replaced(filter, ["time"], ""));
  const move = (by: number) => (e: KeyboardEvent) => {
    if (!bins) return;
    const end = bins.from + bins.step * inside(bins, (mark ? at[1]! : by > 0 ? -1 : last + 1) + by);
    setMark([e.shiftKey && mark ? mark[0] : end, end]);
  };
  const leave = () => {
    if (termsOf(filter, ["time"])) all();
    document.querySelector<HTMLElement>(".traffic [role=grid]")?.focus();
  };
  useKeys("Flows over time", [{ keys: ["t"], does: "go to the bars", run: () => box.current?.focus() }]);
  useKeys("Bars of flows over time", [
    { keys: ["ArrowLeft"], does: "the time before; with Shift a longer time", run: move(-1) },
    { keys: ["ArrowRight"], does: "the time after; with Shift a longer time", run: move(1) },
    { keys: ["PageUp"], does: "ten bars back", run: move(-10) },
    { keys: ["PageDown"], does: "ten bars on", run: move(10) },
    { keys: ["Home"], does: "first time", run: move(-Infinity) },
    { keys: ["End"], does: "last time", run: move(Infinity) },
    { keys: ["Enter"], does: "show only this time", run: () => mark && act.current(from, to) },
    { keys: ["Escape"], does: "show all times, and go to the list", run: leave },
  ], box);

  const last = (bins?.total.length ?? 1) - 1;
  const at = mark && bins ? mark.map((time) => barAt(bins, time)) : [last, last];
  const from = Math.min(...at), to = Math.max(...at);
  useEffect(() => {
    const u = plot.current;
    if (!u || !bins) return;
    if (!mark) {
      u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      return;
    }
    const left = (i: number) => u.valToPos((bins.from + i * bins.step) / 1000, "x");
    u.setSelect({ left: left(from), width: Math.max(2, left(to + 1) - left(from)), top: 0, height: u.over.clientHeight }, false);
  }, [mark, bins]);

  const barsOf = (u: uPlot, left: number, width: number) =>
    [left, left + width - 1].map((x) => barAt(now.current!, u.posToVal(x, "x") * 1000)) as [number, number];
  const options = (colour: Colour) => ({
    padding: [2, 26, 0, 26] as [number, number, number, number],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: true, range: (): [number, number] => { const b = now.current!; return [b.from / 1000, (b.from + b.total.length * b.step) / 1000]; } },
      y: { range: (_: uPlot, _min: number, max: number): [number, number] => [0, max || 1] },
    },
    axes: [{ ...plotting!.axis(colour), grid: { show: false }, size: 18, gap: 2, space: 90, values: (_: uPlot, at: number[]) => at.map((x) => plotting!.timeLabel(x * 1000, now.current!.total.length * now.current!.step)) }, { show: false }],
    series: [{}, ...classes.map((c) => ({ fill: colour(c.colour), width: 0, points: { show: false }, paths: plotting!.bars!({ size: [0.9, Infinity], align: 1 }) })).reverse()],
    hooks: {
      setCursor: [(u: uPlot) => {
        const x = u.cursor.left ?? -1;
        const drags = u.select.width >= 3 && !marked.current; // the pointer may leave the bars
        setPointed(drags ? barsOf(u, u.select.left, u.select.width) : x < 0 ? undefined : barsOf(u, x, 1));
      }],
      setSelect: [(u: uPlot) => {
        if (u.select.width < 3) return;
        act.current(...barsOf(u, u.select.left, u.select.width));
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        if ((u.cursor.left ?? -1) < 0) setPointed(undefined);
      }],
    },
  });
  const press = () => {
    hold(counted);
    addEventListener("mouseup", () => setTimeout(() => hold(undefined)), { once: true }); // after the click
  };
  const text = bins && (pointed && bins.total[pointed[1]] !== undefined ? describe(bins, ...pointed) : mark && describe(bins, from, to));
  return (
    <div class="strip" style={{ height: height + "px" }}>
      <div ref={box} class="strip-plot" tabIndex={0} role="slider" aria-label="Flows over time" aria-valuemin={0} aria-valuemax={last} aria-valuenow={to}
        aria-valuetext={bins ? describe(bins, mark ? from : 0, to) : "no flows"} aria-description="Arrows choose a time, with Shift a longer one; Enter filters by it, Escape shows all times"
        title="Click a bar, or drag, to select a time"
        onMouseDown={press}
        onClick={() => pointed && bins?.total[pointed[0]] && act.current(...pointed)}
        onFocus={() => setMark(undefined)}
        onBlur={() => setMark(undefined)}>
        {plotting && data && <plotting.default data={data} height={height} options={options} made={(u) => (plot.current = u)} />}
      </div>
      {bins && (
        <ul class="strip-legend" aria-hidden="true">
          {classes.map((c, i) => bins.counts[i]!.some((n) => n > 0) && <li><i style={{ background: `var(${c.colour})` }} />{c.name}</li>)}
        </ul>
      )}
      {text && <span class="strip-text" aria-hidden="true">{text}</span>}
      <button type="button" class="quiet kept" aria-label="All times" title="All times" hidden={!termsOf(filter, ["time"])} onClick={all}>✕</button>
    </div>
  );
}
