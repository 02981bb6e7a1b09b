// A list that renders only the rows that are visible, however many there are.
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import type { ComponentChildren, Ref } from "preact";
import { useImperativeHandle, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

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

export function VirtualList(p: Props) {
  const outer = useRef<HTMLDivElement>(null);
  const [, again] = useReducer((n: number, _: void) => n + 1, 0);
  // The virtualizer reports each scroll three times: when it begins, for the rows, and when it has ended.
  const rendered = useRef("");
  const redraw = () => {
    if (rendered.current !== rangeOf(v)) again();
  };
  const [v] = useState(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options(p, outer, redraw)));
  v.setOptions(options(p, outer, redraw));
  useLayoutEffect(() => v._didMount(), []);
  useLayoutEffect(() => v._willUpdate());
  useLayoutEffect(() => p.drawn?.(outer.current!));
  useLayoutEffect(() => {
    v.measure();
  }, [p.rowHeight]);
  useImperativeHandle(p.handle ?? null, () => ({
    show: (i, align = "auto") => v.scrollToIndex(i, { align }),
    element: () => outer.current,
    scrollTo: (top) => {
      const e = outer.current;
      if (!e || e.scrollTop === top) return;
      e.scrollTop = top;
      e.dispatchEvent(new Event("scroll")); // the browser's own comes after the next frame, which would be empty
    },
    page: () => Math.max(1, Math.floor(((outer.current?.clientHeight ?? 0) - (p.headerHeight ?? 0)) / p.rowHeight)),
  }), [p.rowHeight]);
  const items = v.getVirtualItems();
  rendered.current = rangeOf(v);
  const ring = useRef(64);
  while (ring.current < items.length) ring.current *= 2;
  return (
    <div ref={outer} class={"virtual " + (p.class ?? "")} onScroll={() => outer.current && p.onScroll?.(outer.current)} {...p.attributes}
      aria-activedescendant={items.some((i) => i.index === p.active?.index) ? p.active?.id : undefined}>
      {p.header}
      <div class="virtual-inner" role="presentation" style={{ height: p.count * p.rowHeight + "px" }}>
        {items.map((i) => (
          <div key={p.recycle ? i.index % ring.current : i.key} class="virtual-row" role="presentation" style={{ transform: `translateY(${i.start - (p.headerHeight ?? 0)}px)`, height: p.rowHeight + "px" }}>
            {p.row(i.index)}
          </div>
        ))}
      </div>
    </div>
  );
}

function rangeOf(v: Virtualizer<HTMLDivElement, HTMLDivElement>): string {
  return v.range ? v.range.startIndex + " " + v.range.endIndex : "";
}

function options(p: Props, outer: { current: HTMLDivElement | null }, redraw: () => void) {
  return {
    count: p.count,
    getScrollElement: () => outer.current,
    estimateSize: () => p.rowHeight,
    overscan: 8,
    scrollMargin: p.headerHeight ?? 0,
    scrollPaddingStart: p.headerHeight ?? 0,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: redraw,
  };
}
