import { Component } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { digits, shortTime } from "../parts/format";
import { useKeys } from "../parts/keys";
import { VirtualList, type VirtualHandle } from "../parts/virtual";
import type { Row } from "./calls.gen";
import { columns, fitting, hidden, nextSort, sortOf, type Column, type Sort } from "./columns";
import type { FlowList } from "./list";
import type { OperationList } from "./operations";
import { useOrder } from "./order";

const fontSize = 12.5;
const rowHeight = 26, headerHeight = 28;

interface Props {
  list: FlowList;
  operations: OperationList;
  /** The flow whose details are shown, or 0. */
  open: number;
  marked: Set<number>;
  /** The order of the rows, as sortOf takes it. */
  sort: string;
  onOpen: (seq: number) => void;
  onMark: (seq: number) => void;
  onSort: (sort: string) => void;
}

/** The list of flows: a grid whose rows the keys move through. */
export function Table({ list, operations, open, marked, sort: sortText, onOpen, onMark, onSort }: Props) {
  const version = list.version.value;
  const known = operations.names.value;
  const sort = sortOf(sortText);
  const rows = useOrder(list, sort, (r) => (r.operation ? known.get(r.operation) ?? "" : ""));
  const box = useRef<HTMLDivElement>(null);
  const virtual = useRef<VirtualHandle>(null);
  const [cursor, setCursor] = useState(open);
  const [follows, setFollow] = useState(open === 0);
  const follow = follows && !sort;
  const before = useRef({ list, shift: list.shift, newest: 0 });
  const wanted = useRef(open); // a flow to scroll to, once its row is there
  const toFirst = useRef(false); // while rows before the first are read

  const [width, setWidth] = useState(Infinity);
  const timeWidth = rows.length > 0 ? 0.6 * shortTime(list.rows[0]!.started).length + 0.4 : 0;
  const oneHost = list.hosts.size < 2;
  const [shown, template] = useMemo(() => {
    const fit = fitting(columns.filter((c) => !hidden.value.includes(c.name) && !(oneHost && c.name === "host")), width / fontSize, timeWidth);
    return [fit.map(([c]) => c), fit.map(([c, w]) => (c.share ? `minmax(5em, ${c.share}fr)` : `${w}em`)).join(" ")];
  }, [hidden.value, width, oneHost, timeWidth]);
  useLayoutEffect(() => {
    const measure = () => box.current && setWidth(box.current.clientWidth);
    measure();
    const o = new ResizeObserver(measure);
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);

  const find = (seq: number) => (sort ? rows.findIndex((r) => r.seq === seq) : Math.min(list.find(seq), rows.length - 1));
  const at = useMemo(() => (cursor > 0 ? find(cursor) : -1), [cursor, rows, version]);
  const current = rows[at]?.seq === cursor ? at : -1;

  useLayoutEffect(() => { // before the next key, which may move it on
    if (open <= 0) return;
    if (open !== cursor) {
      wanted.current = open; // by a link, or in the history
      setFollow(false);
    }
    setCursor(open);
  }, [open]);

  // Visible rows stay in place when older ones arrive. The list follows its end while that is visible.
  useLayoutEffect(() => {
    const e = virtual.current?.element();
    if (!e) return;
    const b = before.current;
    if (wanted.current > 0 && rows[find(wanted.current)]?.seq === wanted.current) {
      virtual.current!.show(find(wanted.current), "center");
      wanted.current = 0;
    } else if (toFirst.current) {
      virtual.current!.scrollTo(0);
      setCursor(rows[0]?.seq ?? 0);
      toFirst.current = list.loading.value;
    } else if (follow) virtual.current!.scrollTo(Math.max(0, headerHeight + rows.length * rowHeight - e.clientHeight));
    else if (!sort && list.shift !== b.shift) virtual.current!.scrollTo(e.scrollTop + (list.shift - b.shift) * rowHeight);
    const newest = list.rows.at(-1)?.seq ?? 0;
    before.current = { list, shift: list.shift, newest: follow || b.newest === 0 || b.list !== list ? newest : b.newest };
  }, [version, follow, list, rows]);
  useLayoutEffect(() => {
    if (sort) virtual.current?.scrollTo(0); // where the largest are
  }, [sortText]);

  const move = (to: number) => {
    toFirst.current = false;
    const i = Math.max(0, Math.min(rows.length - 1, to));
    const r = rows[i];
    if (!r) return;
    wanted.current = 0;
    setCursor(r.seq);
    setFollow(false);
    virtual.current?.show(i);
    if (open > 0) onOpen(r.seq);
  };
  const page = () => virtual.current?.page() ?? 10;
  const start = sort ? 0 : rows.length - 1; // where the keys begin
  useKeys("List of flows", [
    { keys: ["j", "ArrowDown"], does: "next flow", run: () => move(cursor === 0 ? start : at + 1) },
    { keys: ["k", "ArrowUp"], does: "flow before", run: () => move(cursor === 0 ? start : at - 1) },
    { keys: ["PageDown"], does: "a page down", run: () => move(at + page()) },
    { keys: ["PageUp"], does: "a page up", run: () => move(at - page()) },
    { keys: ["g", "Home"], does: "first flow", run: () => { move(0); setFollow(false); toFirst.current = list.loading.value; } },
    { keys: ["G", "End"], does: "last flow, and follow", run: () => { move(rows.length - 1); setFollow(true); } },
    { keys: ["Enter"], does: "show the flow", run: () => cursor > 0 && onOpen(cursor) },
    { keys: ["x", " "], does: "mark the flow, for export or comparison", run: () => cursor > 0 && onMark(cursor) },
  ]);

  const act = useRef({ onOpen, onMark });
  act.current = { onOpen, onMark };
  const click = useRef((e: MouseEvent, seq: number) => {
    setCursor(seq);
    wanted.current = 0;
    toFirst.current = false;
    if (e.ctrlKey || e.metaKey) act.current.onMark(seq);
    else act.current.onOpen(seq);
  });

  const fresh = follow || sort || before.current.newest === 0 || before.current.list !== list ? 0 : rows.length - list.find(before.current.newest + 1);
  return (
    <div ref={box} class="table" style={{ "--columns": template, "--row": rowHeight + "px" }}>
      <VirtualList count={rows.length} rowHeight={rowHeight} recycle headerHeight={headerHeight} handle={virtual}
        header={<Header shown={shown} sort={sort} onSort={onSort} />}
        active={current >= 0 ? { index: current, id: "flow-" + cursor } : undefined}
        onScroll={(e) => {
          const end = e.scrollTop + e.clientHeight >= e.scrollHeight - rowHeight;
          if (end !== follows && wanted.current === 0) setFollow(end);
        }}
        drawn={(e) => placeBars(e, rows)}
        attributes={{
          role: "grid", "aria-label": "Flows", "aria-rowcount": rows.length + 1, "aria-colcount": shown.length, tabIndex: 0,
          "aria-multiselectable": true,
        }}
        row={(i) => {
          const r = rows[i];
          return r && (
            <FlowRow row={r} index={i} current={r.seq === cursor} open={r.seq === open} marked={marked.has(r.seq)} shown={shown}
              operation={r.operation ? known.get(r.operation) ?? "" : ""}
              onClick={click.current} />
          );
        }} />
      {!follow && fresh > 0 && (
        <button type="button" class="fresh filled" onClick={() => { setFollow(true); }}>{digits(fresh)} new ↓</button>
      )}
    </div>
  );
}

/** Places the bars of the waterfall: the width of the column is the time of the rows that are rendered. */
function placeBars(e: HTMLElement, rows: Row[]) {
  const all = Array.from(e.querySelectorAll<HTMLElement>(".w"), (bar) => ({ bar, r: rows[Number(bar.closest(".flow")!.getAttribute("aria-rowindex")) - 2] }));
  let from = Infinity;
  let to = -Infinity;
  for (const { r } of all) {
    if (!r) continue;
    from = Math.min(from, r.started);
    to = Math.max(to, r.started + (r.pending ? 0 : r.took ?? 0));
  }
  const span = Math.max(1, to - from);
  for (const { bar, r } of all) {
    if (!r) continue;
    const length = Math.max(0.03, Math.min(1, (r.pending ? to - r.started : r.took ?? 0) / span));
    bar.style.transform = `translateX(${Math.min((r.started - from) / span, 1 - length) * 100}%) scaleX(${length})`;
  }
}

function Header({ shown, sort, onSort }: { shown: Column[]; sort: Sort | undefined; onSort: (sort: string) => void }) {
  return (
    <div role="row" class="flow head" aria-rowindex={1} style={{ height: headerHeight + "px" }}>
      {shown.map((c) => {
        const sorted = sort ? sort.column === c : false;
        return (
          <span role="columnheader" class={"cell c-" + c.name} title={`Sort by ${c.title}. ${c.note ?? ""}`}
            aria-sort={sorted ? (sort!.down ? "descending" : "ascending") : undefined} onClick={() => onSort(nextSort(sort, c))}>
            {c.title}{c.bar && <small> log</small>}{sorted && <span aria-hidden="true">{sort!.down ? " ↓" : " ↑"}</span>}
          </span>
        );
      })}
    </div>
  );
}

interface RowProps {
  row: Row;
  index: number;
  current: boolean;
  open: boolean;
  marked: boolean;
  shown: Column[];
  operation: string; // its name
  onClick: (e: MouseEvent, seq: number) => void; // always the same
}

/** A row of the list. Most rows stay the same when it scrolls or grows. */
class FlowRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps) {
    const p = this.props;
    return next.row !== p.row || next.index !== p.index || next.current !== p.current || next.open !== p.open || next.marked !== p.marked
      || next.operation !== p.operation || next.shown !== p.shown;
  }

  override render({ row: r, index, current, open, marked, shown, operation, onClick }: RowProps) {
    const c = ["flow", current && "current", open && "open", marked && "marked"].filter(Boolean).join(" ");
    return (
      <div role="row" id={"flow-" + r.seq} class={c} aria-rowindex={index + 2} aria-selected={marked || open} onClick={(e) => onClick(e, r.seq)}>
        {shown.map((c) => (
          <span role="gridcell" class={`cell c-${c.name} ${c.class?.(r) ?? ""}`} title={c.tip?.(r, operation) || undefined}
            style={c.bar && { "--bar": c.bar(r).toFixed(0) + "%" }}>
            {c.name === "seq" && marked ? "✓ " : ""}{c.cell(r, operation)}
          </span>
        ))}
      </div>
    );
  }
}
