import { Component } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../parts/keys";
import { plain, Text } from "../parts/text";
import { VirtualList, type VirtualHandle } from "../parts/virtual";
import type { Row } from "./calls.gen";
import type { OperationList } from "./operations";
import { bytes, clock, duration, shortType } from "../parts/format";
import type { FlowList } from "./list";
import { statusClass, statusText } from "./status";

const rowHeight = 26;
const headerHeight = 28;

interface Props {
  list: FlowList;
  operations: OperationList;
  /** The flow whose details are shown, or 0. */
  open: number;
  marked: Set<number>;
  onOpen: (seq: number) => void;
  onMark: (seq: number) => void;
}

const columns = ["#", "Method", "Status", "Host", "Path", "Operation", "Type", "Size", "Took", "Time"];

/** The list of flows: a grid whose rows the keys move through. */
export function Table({ list, operations, open, marked, onOpen, onMark }: Props) {
  const version = list.version.value;
  const rows = list.rows;
  const known = operations.names.value;
  const virtual = useRef<VirtualHandle>(null);
  const [cursor, setCursor] = useState(open);
  const [follow, setFollow] = useState(true);
  const before = useRef({ shift: list.shift, length: rows.length });

  useLayoutEffect(() => { // before the next key, which may move it on
    if (open > 0) setCursor(open);
  }, [open]);

  // What is seen stays where it is when older rows arrive; the end is followed while it is seen.
  useLayoutEffect(() => {
    const e = virtual.current?.element();
    if (!e) return;
    if (follow) virtual.current!.scrollTo(Math.max(0, headerHeight + rows.length * rowHeight - e.clientHeight));
    else if (list.shift !== before.current.shift) virtual.current!.scrollTo(e.scrollTop + (list.shift - before.current.shift) * rowHeight);
    if (follow) before.current.length = rows.length;
    before.current.shift = list.shift;
  }, [version, follow, list]);

  const index = () => Math.min(list.find(cursor), rows.length - 1);
  const move = (to: number) => {
    const r = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!r) return;
    setCursor(r.seq);
    setFollow(false);
    virtual.current?.show(list.find(r.seq));
    if (open > 0) onOpen(r.seq);
  };
  const page = () => virtual.current?.page() ?? 10;
  const none = cursor === 0;
  useKeys("List of flows", [
    { keys: ["j", "ArrowDown"], does: "next flow", run: () => move(none ? rows.length - 1 : index() + 1) },
    { keys: ["k", "ArrowUp"], does: "flow before", run: () => move(none ? rows.length - 1 : index() - 1) },
    { keys: ["PageDown"], does: "a page down", run: () => move(index() + page()) },
    { keys: ["PageUp"], does: "a page up", run: () => move(index() - page()) },
    { keys: ["g", "Home"], does: "oldest flow", run: () => move(0) },
    { keys: ["G", "End"], does: "newest flow, and follow", run: () => { move(rows.length - 1); setFollow(true); } },
    { keys: ["Enter"], does: "show the flow", run: () => cursor > 0 && onOpen(cursor) },
    { keys: ["x", " "], does: "mark the flow, for export or comparison", run: () => cursor > 0 && onMark(cursor) },
  ]);

  const act = useRef({ onOpen, onMark });
  act.current = { onOpen, onMark };
  const click = useRef((e: MouseEvent, seq: number) => {
    setCursor(seq);
    if (e.ctrlKey || e.metaKey) act.current.onMark(seq);
    else act.current.onOpen(seq);
  });

  const fresh = follow ? 0 : rows.length - before.current.length;
  return (
    <div class="table">
      <VirtualList count={rows.length} rowHeight={rowHeight} recycle headerHeight={headerHeight} handle={virtual} header={header}
        active={rows[index()]?.seq === cursor ? { index: index(), id: "flow-" + cursor } : undefined}
        onScroll={(e) => {
          const end = e.scrollTop + e.clientHeight >= e.scrollHeight - rowHeight;
          if (end !== follow) setFollow(end);
        }}
        attributes={{
          role: "grid", "aria-label": "Flows", "aria-rowcount": rows.length + 1, "aria-colcount": columns.length, tabIndex: 0,
          "aria-multiselectable": true,
        }}
        row={(i) => {
          const r = rows[i];
          return r && (
            <FlowRow row={r} index={i} current={r.seq === cursor} open={r.seq === open} marked={marked.has(r.seq)}
              operation={r.operation ? known.get(r.operation) ?? "" : ""}
              onClick={click.current} />
          );
        }} />
      {!follow && fresh > 0 && (
        <button type="button" class="fresh filled" onClick={() => { setFollow(true); }}>{fresh} new ↓</button>
      )}
    </div>
  );
}

const header = (
  <div role="row" class="flow head" aria-rowindex={1} style={{ height: headerHeight + "px" }}>
    {columns.map((c) => <span role="columnheader" class={"c-" + (c === "#" ? "seq" : c.toLowerCase())}>{c}</span>)}
  </div>
);

interface RowProps {
  row: Row;
  index: number;
  current: boolean;
  open: boolean;
  marked: boolean;
  operation: string; // its name
  onClick: (e: MouseEvent, seq: number) => void; // always the same
}

/** A row of the list. Most rows stay the same when it scrolls or grows. */
class FlowRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps) {
    const p = this.props;
    return next.row !== p.row || next.index !== p.index || next.current !== p.current || next.open !== p.open || next.marked !== p.marked
      || next.operation !== p.operation;
  }

  override render() {
    return <Cells {...this.props} />;
  }
}

function Cells({ row: r, index, current, open, marked, operation, onClick }: RowProps) {
  const c = ["flow", current && "current", open && "open", marked && "marked"].filter(Boolean).join(" ");
  return (
    <div role="row" id={"flow-" + r.seq} class={c} aria-rowindex={index + 2} aria-selected={marked || open} onClick={(e) => onClick(e, r.seq)}>
      <span role="gridcell" class="c-seq">{marked ? "✓ " : ""}{r.seq}</span>
      <span role="gridcell" class="c-method"><Text text={r.method} /></span>
      <span role="gridcell" class={"c-status " + statusClass(r)}>{statusText(r)}</span>
      <span role="gridcell" class="c-host"><Text text={r.host} /></span>
      <span role="gridcell" class="c-path" title={plain(r.path.slice(0, 500))}><Text text={r.path.slice(0, 300)} /></span>
      <span role="gridcell" class="c-operation" title={operation && plain(operation)}>{operation && <Text text={operation} />}</span>
      <span role="gridcell" class="c-type"><Text text={shortType(r.type ?? "")} /></span>
      <span role="gridcell" class="c-size">{r.status ? bytes(r.size ?? 0) : ""}</span>
      <span role="gridcell" class="c-took">{r.took && !r.pending ? duration(r.took) : ""}</span>
      <span role="gridcell" class="c-time">{clock(r.started)}</span>
    </div>
  );
}
