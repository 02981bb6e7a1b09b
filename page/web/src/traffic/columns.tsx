// The columns of the list: what each shows, how it is sorted, and where it stands.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { bytes, dateTime, duration, shortTime, shortType } from "../parts/format";
import { Method, Path } from "../parts/names";
import { plain, Text } from "../parts/text";
import type { Row } from "./calls.gen";
import { statusClass, statusText } from "./status";

export interface Column {
  name: string;
  title: string;
  /** The title in the menu of columns, where it stands alone. */
  menu?: string;
  /** What is to know of the column, as a tip of its head. */
  note?: string;
  /** The width in em, and which part of the width that is left it takes. */
  width: number;
  share?: number;
  /** Where a list is too narrow, columns leave in this order; those without it stay. */
  leaves?: number;
  key: (r: Row, operation: string) => number | string;
  cell: (r: Row, operation: string) => ComponentChildren;
  /** The tip of a cell. */
  tip?: (r: Row, operation: string) => string;
  /** How much of the width a bar under the text has, in percent. */
  bar?: (r: Row) => number;
  class?: (r: Row) => string;
}

const gap = 0.5; // em, between columns

/** Bars have a logarithmic scale, which is the same for all rows: one that is long is ten times as much as one that is shorter by a fifth. */
const logarithmic = "Bars are logarithmic: ten times as much is a fifth of the width more.";
const scale = (n: number, least: number, decades: number) => (n <= least ? 0 : Math.min(100, Math.log10(n / least) / decades * 100));

/** Returns the rules of the proxy that changed, held or answered a flow. */
export function rulesOf(r: Row): string[] {
  return (r.tags ?? []).filter((t) => t.startsWith("rule:")).map((t) => t.slice(5));
}

export const columns: Column[] = [
  { name: "seq", title: "#", menu: "Number", note: "The number of the first record of the flow. A flow that was recorded in several steps takes several numbers.", width: 5, leaves: 4, key: (r) => r.seq, cell: (r) => r.seq },
  { name: "method", title: "Method", width: 4.8, key: (r) => r.method, cell: (r) => <Method method={r.method} /> },
  { name: "status", title: "Status", width: 4.4, key: (r) => r.status ?? (r.pending ? 0 : 1000), cell: statusText, class: statusClass },
  { name: "host", title: "Host", width: 7, leaves: 6, share: 1.2, key: (r) => r.host, cell: (r) => <Text text={r.host} /> },
  { name: "path", title: "Path", width: 12, share: 3, key: (r) => r.path, cell: (r) => <>{rulesOf(r).length > 0 && <span class="rule-mark" title={"by the rule " + plain(rulesOf(r).join(", "))}>rule</span>}{r.denied && <span class="rule-mark" title={"denied by " + plain(r.denied)}>by <Text text={r.denied} /></span>}<Path path={r.path.slice(0, 300)} /></>, tip: (r) => plain(r.path.slice(0, 500)) },
  { name: "operation", title: "Operation", width: 6, leaves: 2, share: 1.2, key: (_, o) => o, cell: (_, o) => o && <Text text={o} />, tip: (_, o) => plain(o) },
  { name: "type", title: "Type", width: 5, leaves: 3, key: (r) => r.type ?? "", cell: (r) => <Text text={shortType(r.type ?? "")} /> },
  { name: "size", title: "Size", note: logarithmic, width: 5.2, leaves: 5, key: (r) => r.size ?? -1, cell: (r) => (r.status ? bytes(r.size ?? 0) : ""), bar: (r) => scale(r.size ?? 0, 100, 5) },
  { name: "took", title: "Took", note: logarithmic, width: 5.2, leaves: 8, key: (r) => (r.pending ? -1 : r.took ?? -1), cell: (r) => (r.took && !r.pending ? duration(r.took) : ""), bar: (r) => scale(r.pending ? 0 : r.took ?? 0, 1, 5) },
  { name: "time", title: "Time", width: 5.2, leaves: 7, key: (r) => r.started, cell: (r) => shortTime(r.started), tip: (r) => dateTime(r.started) },
  { name: "waterfall", title: "Waterfall", width: 7, leaves: 1, key: (r) => r.started, cell: (r) => <i class={"w " + statusClass(r)} /> },
];

/** Returns the columns for which a list has room, in em, and the widths of these. */
export function fitting(all: Column[], room: number, time: number): [Column, number][] {
  const out = all.map((c): [Column, number] => [c, c.name === "time" ? time : c.width]);
  const order = out.filter(([c]) => c.leaves).sort(([a], [b]) => a.leaves! - b.leaves!);
  while (order.length > 0 && out.reduce((sum, [, w]) => sum + w + gap, 1) > room) out.splice(out.indexOf(order.shift()!), 1);
  return out;
}

function stored(): string[] {
  const names = (localStorage.getItem("hidden-columns") ?? "").split(" ");
  return columns.map((c) => c.name).filter((n) => names.includes(n));
}

/** The names of the columns that the person does not want. */
export const hidden = signal(stored());

export function toggleColumn(name: string) {
  const next = hidden.value.includes(name) ? hidden.value.filter((n) => n !== name) : [...hidden.value, name];
  if (next.length === columns.length) return;
  hidden.value = next;
  localStorage.setItem("hidden-columns", next.join(" "));
}

export interface Sort {
  column: Column;
  down: boolean;
}

/** Returns the order that an address names: took, or -took for the longest first. undefined is the order of the numbers. */
export function sortOf(text: string): Sort | undefined {
  const column = columns.find((c) => c.name === text.replace("-", ""));
  return column && text !== "seq" ? { column, down: text.startsWith("-") } : undefined;
}

/** Returns the next order of a column: one way, the other way, none. Numbers begin with the largest. */
export function nextSort(now: Sort | undefined, c: Column): string {
  const largest = c.bar !== undefined || c.name === "seq";
  if (now?.column !== c) return (largest ? "-" : "") + c.name;
  return now.down === largest && c.name !== "seq" ? (largest ? "" : "-") + c.name : "";
}
