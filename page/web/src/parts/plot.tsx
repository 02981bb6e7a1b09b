// A plot on a canvas, in the colours of the theme. It is a file of its own, loaded when the first plot is shown.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, dateTime, inYear } from "./format";
import { theme } from "./theme";

export type Options = Omit<uPlot.Options, "width" | "height">;
/** Returns a custom property of the page, such as --bad, as a colour. */
export type Colour = (name: string) => string;

interface Props {
  /** Makes the options. They are made again when key, the theme or the data's form changes. */
  options: (colour: Colour) => Options;
  key?: string;
  data: uPlot.AlignedData;
  height: number;
  /** Gets the plot when it was made. */
  made?: (u: uPlot) => void;
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Draws data. It is hidden from assistive technology: who uses it describes it. */
export default function Plot({ options, data, height, made }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = () => redraw((n) => n + 1);
    dark.addEventListener("change", again);
    return () => dark.removeEventListener("change", again);
  }, []);
  const look = theme.value + dark.matches;
  useLayoutEffect(() => {
    const e = box.current!;
    const colour = (name: string) => {
      e.style.color = `var(${name})`;
      const c = getComputedStyle(e).color;
      e.style.color = "";
      return c;
    };
    const u = new uPlot({ legend: { show: false }, ...options(colour), width: Math.max(40, e.clientWidth), height }, data, e);
    plot.current = u;
    made?.(u);
    const resized = new ResizeObserver(() => u.setSize({ width: Math.max(40, e.clientWidth), height }));
    resized.observe(e);
    return () => {
      resized.disconnect();
      u.destroy();
    };
  }, [look, height, data.length]);
  useLayoutEffect(() => plot.current!.setData(data), [data]);
  return <div ref={box} class="plot" aria-hidden="true" style={{ height: height + "px" }} />;
}

/** A time under a plot of a span, all in milliseconds, as precise as the plot is. */
export function timeLabel(ms: number, span: number): string {
  const day = 86_400_000;
  if (span < 20_000) return dateTime(ms).slice(11);
  return span < day ? clock(ms) : inYear(ms, span < 7 * day ? 16 : 10);
}

/** What all axes have. */
export const axis = (colour: Colour) => ({
  stroke: colour("--faint"), font: "11px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false },
});

export const { bars, points } = uPlot.paths as Required<uPlot.Series.PathBuilderFactories>;
