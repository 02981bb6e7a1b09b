import { useEffect, useRef } from "preact/hooks";
import { digits } from "../parts/format";
import { Method, Path } from "../parts/names";
import { plain } from "../parts/text";
import { VirtualList, type VirtualHandle } from "../parts/virtual";
import type { Operation } from "./calls.gen";
import { markOf } from "./groups";
import { nameOf, type Row } from "./tree";

const rowHeight = 26;

interface Props {
  host: string;
  rows: Row[];
  /** The row that the keys are at, or -1. */
  at: number;
  isNew: (o: Operation) => boolean;
  /** Shows an operation, or folds and unfolds. */
  onRow: (r: Row) => void;
}

/** The operations of a host: a grid of the tree of paths, whose rows the keys move through. */
export function List({ host, rows, at, isNew, onRow }: Props) {
  const virtual = useRef<VirtualHandle>(null);
  const name = at < 0 ? "" : rows[at]!.folder?.path ?? nameOf(rows[at]!.operation!);
  useEffect(() => {
    if (at >= 0) virtual.current?.show(at);
  }, [name]);
  return (
    <VirtualList count={rows.length} rowHeight={rowHeight} handle={virtual} active={at >= 0 ? { index: at, id: "operation-" + at } : undefined}
      attributes={{
        role: "treegrid", id: "operations", "aria-label": "Operations", "aria-rowcount": rows.length, "aria-colcount": 4, tabIndex: 0,
      }}
      row={(i) => {
        const r = rows[i];
        if (!r) return undefined;
        const own = {
          role: "row" as const, id: "operation-" + i, "aria-rowindex": i + 1, "aria-level": r.level, "aria-selected": i === at, onClick: () => onRow(r),
        };
        const indent = { paddingLeft: `${0.8 + (r.level - 1) * 1.1}em` };
        const o = r.operation;
        const mark = markOf(host, o ? nameOf(o) : "", r.folder?.folded ? r.folder.path : "");
        const review = mark === "" ? {} : { "data-review": mark, title: mark === "missing" ? "in part not reached by traffic" : "review: " + mark };
        return o ? (
          <div {...own} {...review} class={"operation" + (i === at ? " open" : "")} style={indent}>
            <span role="gridcell"><Method method={o.method} /></span>
            <span role="gridcell" class="path" title={plain(o.path)} aria-label={(isNew(o) ? "new " : "") + (r.rest ? "" : "this path, ") + plain(o.path)}>
              {isNew(o) && <span class="new">new</span>}{r.rest ? <Path path={r.rest} /> : <span class="faint">this path</span>}
            </span>
            <span role="gridcell" class="statuses">
              {o.statuses.map((s) => <span class={"s-" + Math.floor(s.status / 100)}>{s.status}<small>×{digits(s.count)}</small></span>)}
            </span>
            <span role="gridcell" class="flows">{digits(o.flows)}<span class="unit"> {o.flows === 1 ? "flow" : "flows"}</span></span>
          </div>
        ) : (
          <div {...own} {...review} class={"operation folder" + (i === at ? " open" : "")} style={indent} aria-expanded={!r.folder!.folded}>
            <span role="gridcell" class="path" title={plain(r.folder!.path)} aria-label={plain(r.folder!.path)}>
              <span class="twist" aria-hidden="true">{r.folder!.folded ? "▸" : "▾"}</span>
              {r.folder!.folded && r.folder!.fresh > 0 && <span class="new">{r.folder!.fresh} new</span>}<Path path={r.rest} />
            </span>
            <span role="gridcell" class="flows">
              {digits(r.folder!.operations)}<span class="unit"> {r.folder!.operations === 1 ? "operation" : "operations"}</span> · {digits(r.folder!.flows)}<span class="unit"> {r.folder!.flows === 1 ? "flow" : "flows"}</span>
            </span>
          </div>
        );
      }} />
  );
}
