// A list that renders only the rows that are visible, however many there are.
import type { ComponentChildren, Ref } from "preact";
import { useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface VirtualHandle {
  /** Scrolls so that a row is visible. */
  show(index: number, align?: "auto" | "start" | "center" | "end"): void;
  element(): HTMLElement | null;
  /** Scrolls to a place. Its rows are rendered before it is painted. */
  scrollTo(top: number): void;
  /** The number of whole rows that fit. */
  page(): number;
}

interface Props {
  count: number;
  rowHeight: number;
  /** Renders a row. It must be as high as rowHeight. */
  row: (index: number) => ComponentChildren;
  /** Rows that leave the view show others: cheaper, for rows that keep no state. */
  recycle?: boolean;
  handle?: Ref<VirtualHandle>;
  onScroll?: (e: HTMLElement) => void;
  /** Is called with the element that scrolls when rows were rendered, before they are painted. */
  drawn?: (e: HTMLElement) => void;
  class?: string;
  /** A head that stays above the rows, and its height. */
  header?: ComponentChildren;
  headerHeight?: number;
  /** Attributes of the element that scrolls, such as its role. */
  attributes?: Record<string, unknown>;
  /** The row that the keys are at, and the id of its element. Assistive technology is told while the row is rendered. */
  active?: { index: number; id: string } | undefined;
}

/** How many rows are rendered before and after those that are seen. */
const overscan = 8;

export function VirtualList(p: Props) {
  const { count, rowHeight, headerHeight = 0 } = p;
  const outer = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: 0 }); // the rows in view, without the last
  const look = () => {
    if (!outer.current) return;
    const { scrollTop, clientHeight } = outer.current;
    const from = Math.floor(scrollTop / rowHeight), to = Math.ceil((scrollTop + clientHeight - headerHeight) / rowHeight);
    setSeen((s) => (s.from === from && s.to === to ? s : { from, to }));
  };
  const latest = useRef(look);
  latest.current = look;
  useLayoutEffect(look);
  useLayoutEffect(() => {
    const resized = new ResizeObserver(() => latest.current());
    resized.observe(outer.current!);
    return () => resized.disconnect();
  }, []);
  useLayoutEffect(() => p.drawn?.(outer.current!));
  useImperativeHandle(p.handle ?? null, () => {
    const room = () => outer.current!.clientHeight - headerHeight;
    const scrollTo = (top: number) => {
      const e = outer.current;
      if (!e || e.scrollTop === top) return;
      e.scrollTop = top;
      e.dispatchEvent(new Event("scroll")); // the browser's own comes after the next frame, which would be empty
    };
    return {
      show: (i, align = "auto") => {
        const e = outer.current;
        if (!e) return;
        const start = i * rowHeight, end = start + rowHeight - room();
        scrollTo(align === "start" ? start : align === "end" ? end : align === "center" ? (start + end) / 2 : Math.min(start, Math.max(end, e.scrollTop)));
      },
      element: () => outer.current,
      scrollTo,
      page: () => Math.max(1, Math.floor(room() / rowHeight)),
    };
  }, [rowHeight, headerHeight]);
  const first = Math.max(0, Math.min(seen.from, count - (seen.to - seen.from)) - overscan);
  const rows = Array.from({ length: Math.max(0, Math.min(count, seen.to + overscan) - first) }, (_, i) => first + i);
  const ring = useRef(64);
  while (ring.current < rows.length) ring.current *= 2;
  return (
    <div ref={outer} class={"virtual " + (p.class ?? "")} {...p.attributes}
      onScroll={(e) => {
        look();
        p.onScroll?.(e.currentTarget);
      }}
      aria-activedescendant={p.active && rows.includes(p.active.index) ? p.active.id : undefined}>
      {p.header}
      <div class="virtual-inner" role="presentation" style={{ height: count * rowHeight + "px" }}>
        {rows.map((i) => (
          <div key={p.recycle ? i % ring.current : i} class="virtual-row" role="presentation" style={{ transform: `translateY(${i * rowHeight}px)`, height: rowHeight + "px" }}>
            {p.row(i)}
          </div>
        ))}
      </div>
    </div>
  );
}
