import { useEffect, useRef } from "preact/hooks";
import { plain, Text } from "../parts/text";
import { VirtualList, type VirtualHandle } from "../parts/virtual";
import type { Operation } from "./calls.gen";

const rowHeight = 44;

/** Identifies an operation among those of its host. */
export function nameOf(o: Operation): string {
  return `${o.method} ${o.path}`;
}

interface Props {
  operations: Operation[];
  /** The operation that is shown, as nameOf names it, or "". */
  open: string;
  isNew: (o: Operation) => boolean;
  onOpen: (o: Operation) => void;
}

/** The operations of a host: a grid whose rows the keys move through. */
export function List({ operations, open, isNew, onOpen }: Props) {
  const virtual = useRef<VirtualHandle>(null);
  const at = operations.findIndex((o) => nameOf(o) === open);
  useEffect(() => {
    if (at >= 0) virtual.current?.show(at);
  }, [open]);
  return (
    <VirtualList count={operations.length} rowHeight={rowHeight} handle={virtual}
      attributes={{
        role: "grid", id: "operations", "aria-label": "Operations", "aria-rowcount": operations.length, "aria-colcount": 4, tabIndex: 0,
        "aria-activedescendant": at >= 0 ? "operation-" + at : undefined,
      }}
      row={(i) => {
        const o = operations[i];
        return o && (
          <div role="row" id={"operation-" + i} class={"operation" + (i === at ? " open" : "")} aria-rowindex={i + 1} aria-selected={i === at}
            onClick={() => onOpen(o)}>
            <span role="gridcell" class="method"><Text text={o.method} /></span>
            <span role="gridcell" class="path" title={plain(o.path)}>
              {isNew(o) && <span class="new">new</span>}<Text text={o.path} />
            </span>
            <span role="gridcell" class="flows">{o.flows} {o.flows === 1 ? "flow" : "flows"}</span>
            <span role="gridcell" class="statuses">
              {o.statuses.map((s) => <span class={"status-" + Math.floor(s.status / 100)}>{s.status}<small>×{s.count}</small></span>)}
            </span>
          </div>
        );
      }} />
  );
}
