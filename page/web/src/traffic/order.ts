// The rows in the order that a person chose.
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Row } from "./calls.gen";
import type { Sort } from "./columns";
import type { FlowList } from "./list";

/** While flows arrive, the rows are sorted once a second at most, and wait this many times longer than that took. */
const pause = 1000;
const share = 20;

/** Returns the rows of a list in an order. Equal ones are in the order of their numbers. */
export function useOrder(list: FlowList, sort: Sort | undefined, operation: (r: Row) => string): Row[] {
  const version = list.version.value;
  const [, again] = useReducer((n: number, _: void) => n + 1, 0);
  const last = useRef({ list, by: "", version: -1, rows: [] as Row[], next: 0 });
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (!sort) {
    last.current.by = "";
    return list.rows;
  }
  const by = sort.column.name + sort.down;
  const l = last.current;
  const now = performance.now();
  if (l.list !== list || l.by !== by || (l.version !== version && now >= l.next)) {
    const { column, down } = sort;
    const sign = down ? -1 : 1;
    const keyed = list.rows.map((row) => ({ row, key: column.key(row, operation(row)) }));
    keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.row.seq - b.row.seq));
    last.current = { list, by, version, rows: keyed.map((k) => k.row), next: now + Math.max(pause, share * (performance.now() - now)) };
  } else if (l.version !== version && timer.current === 0) {
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      again();
    }, l.next - now);
  }
  return last.current.rows;
}
