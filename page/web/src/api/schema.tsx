import { useContext, useState } from "preact/hooks";
import { count, digits } from "../parts/format";
import { placeAfter } from "../parts/keys";
import { plain, Text } from "../parts/text";
import type { Node } from "./calls.gen";
import { FoundContext } from "./findings";

/** A node of the tree; place is where a parameter is. */
export type Shown = Node & { place?: string };

/** How many levels are open at first. */
const openLevels = 2;

/** Schemas as a tree that folds, as the tree view pattern of ARIA describes. */
export function Tree({ nodes, label, onCorrect }: { nodes: Shown[]; label: string; onCorrect?: (n: Shown) => void }) {
  const [folded, setFolded] = useState<Map<string, boolean>>(new Map());
  const [current, setCurrent] = useState("0");
  const found = useContext(FoundContext);
  const isOpen = (id: string, level: number) => folded.get(id) ?? level <= openLevels;
  const set = (id: string, open: boolean) => setFolded(new Map(folded).set(id, open));

  const rows: { id: string; level: number; node: Shown; parent: string }[] = [];
  const add = (list: Shown[], parent: string, level: number) => list.forEach((node, i) => {
    const id = parent === "" ? String(i) : `${parent}.${i}`;
    rows.push({ id, level, node, parent });
    if (node.children && isOpen(id, level)) add(node.children, id, level + 1);
  });
  add(nodes, "", 1);

  const at = Math.max(0, rows.findIndex((r) => r.id === current));
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const tree = e.currentTarget as HTMLElement;
    const move = (id: string) => {
      setCurrent(id);
      tree.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus(); // before the next key
    };
    const r = rows[at]!;
    const open = r.node.children !== undefined && isOpen(r.id, r.level);
    const to = placeAfter(e.key, at, rows.length);
    if (to !== undefined) move(rows[to]!.id);
    else if (e.key === "ArrowRight") {
      if (open) move(r.id + ".0");
      else if (r.node.children) set(r.id, true);
    } else if (e.key === "ArrowLeft") {
      if (open) set(r.id, false);
      else if (r.parent !== "") move(r.parent);
    } else if (e.key === "Enter" || e.key === " ") {
      if (r.node.children) set(r.id, !open);
    } else if (e.key === "c" && r.node.at && onCorrect) onCorrect(r.node);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div role="tree" aria-label={plain(label)} class="schema" onKeyDown={onKeyDown}>
      {rows.map(({ id, level, node: n }) => {
        const open = n.children ? isOpen(id, level) : undefined;
        return (
          <div key={id} role="treeitem" data-id={id} aria-level={level} aria-expanded={open} aria-selected={id === rows[at]!.id}
            tabIndex={id === rows[at]!.id ? 0 : -1} class="node" style={{ paddingLeft: `${(level - 1) * 1.2 + 1.3}em` }}
            onClick={() => {
              setCurrent(id);
              if (n.children) set(id, !open);
            }}>
            {n.children && <span class="twist" aria-hidden="true">{open ? "▾" : "▸"}</span>}
            {n.name && <span class="name"><Text text={n.name} /></span>}{" "}
            {n.place && <span class="faint">{n.place} </span>}
            <span class="type">{n.ref && <b><Text text={n.ref} /> </b>}<Text text={n.type} /></span>
            {n.required && <span class="required"> required</span>}
            {n.of ? <span class="api-seen" title="over all operations that share the schema"> in {digits(n.seen ?? 0)} of {count(n.of, "exchange")}</span> : null}
            {n.again && <span class="faint"> (as above)</span>}
            {n.limits?.map((t) => <span class="limit"> · <Text text={t} /></span>)}
            {n.corrected && <span class="api-corrected" title={plain(n.corrected)}> corrected</span>}
            {n.description && <span class="prose soft"> <Text text={n.description} /></span>}
            {n.at && onCorrect && (
              <button type="button" class="api-edit" tabIndex={-1} aria-label={"Correct " + plain(n.name || n.at)} title="Correct (c)"
                onClick={(e) => { e.stopPropagation(); onCorrect(n); }}>✎</button>
            )}
            {(n.pointer && found.get(n.pointer) || []).map((f) => (
              <div class="api-finding" title={plain(f.advice ?? "")}>
                <span class={"api-level " + f.severity}>{f.severity}</span> <Text text={f.message} /> <span class="faint"><Text text={f.rule} /></span>
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}
