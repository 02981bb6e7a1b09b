// Findings grouped by rule: one line for each rule, which unfolds.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { digits } from "../parts/format";
import { Text } from "../parts/text";

export interface Finding {
  rule: string;
  /** What the rule wants. */
  advice?: string;
  level: string;
  method: string;
  path: string;
  row: ComponentChildren;
}

const levels = ["breaking", "error", "warning", "note", "info", "missing"];

const rank = (level: string) => (levels.includes(level) ? levels.indexOf(level) : levels.length);

/** How many findings of a group are shown without asking, and how many after that. */
const [small, most] = [6, 300];

export function Groups({ list, more }: { list: Finding[]; more: number }) {
  const groups = new Map<string, Finding[]>();
  for (const f of list) {
    const name = f.level + " " + f.rule;
    groups.set(name, [...(groups.get(name) ?? []), f]);
  }
  const order = [...groups.entries()].sort(([, a], [, b]) => rank(a[0]!.level) - rank(b[0]!.level) || b.length - a.length);
  return (
    <>
      {order.map(([name, g]) => <Group key={name} list={g} />)}
      {more > 0 && <p class="faint">and {digits(more)} more</p>}
    </>
  );
}

function Group({ list }: { list: Finding[] }) {
  const [open, setOpen] = useState(list.length <= small);
  const { level, advice } = list[0]!;
  const rule = list.length > 1 ? list[0]!.rule : list[0]!.rule.replace(/^(operation|parameter|status|value|member|part)e?s /, "$1 ");
  return (
    <details class="review-group" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <span class={"api-level " + level}>{level}</span> <b>{digits(list.length)} ×</b> <Text text={rule.includes(" ") ? rule : rule.replaceAll("-", " ")} />
        {advice && <small class="faint"> <Text text={advice} /></small>}
      </summary>
      {open && <ul>{list.slice(0, most).map((f) => f.row)}{list.length > most && <li class="faint">and {digits(list.length - most)} more</li>}</ul>}
    </details>
  );
}

/** The most severe finding of each operation of the host that was reviewed last. It colours the tree. */
export const reviewed = signal<{ host: string; marks: ReadonlyMap<string, string> }>({ host: "", marks: new Map() });

/** Notes the findings of a review. */
export function markTree(host: string, all: { level: string; method: string; path: string }[]) {
  const marks = new Map<string, string>();
  for (const f of all) {
    const name = `${f.method} ${f.path}`;
    if (f.method !== "" && rank(f.level) < rank(marks.get(name) ?? "")) marks.set(name, f.level);
  }
  reviewed.value = { host, marks };
}

/** Says what the edges in the tree of a host mean. */
export function Edges({ host }: { host: string }) {
  const { marks, host: of } = reviewed.value;
  const seen = new Set(of === host ? marks.values() : []);
  return seen.size === 0 ? null : <> · review: {levels.filter((l) => seen.has(l)).map((l) => <span class="api-edge" data-review={l}>{l === "missing" ? "in part not reached" : l}</span>)}</>;
}

/** Returns the most severe finding of an operation or of a folder, "" for none. */
export function markOf(host: string, name: string, folder = ""): string {
  const { marks, host: of } = reviewed.value;
  if (of !== host) return "";
  if (folder === "") return marks.get(name) ?? "";
  let worst = "";
  for (const [n, level] of marks) {
    const path = n.slice(n.indexOf(" ") + 1);
    if ((path === folder || path.startsWith(folder + "/")) && (worst === "" || rank(level) < rank(worst))) worst = level;
  }
  return worst;
}
