// The operations of a host as a tree of path templates.
import type { Operation } from "./calls.gen";

/** Identifies an operation among those of its host. */
export function nameOf(o: Operation): string {
  return `${o.method} ${o.path}`;
}

/** A row of the tree: a folder of a path that several operations begin with, or an operation. */
export interface Row {
  level: number;
  /** The part of the path that the folders above do not show, "" for the path of the folder. */
  rest: string;
  operation?: Operation;
  folder?: Folder;
}

export interface Folder {
  path: string;
  operations: number;
  flows: number;
  folded: boolean;
  /** How many of its operations are new. */
  fresh: number;
}

interface Node {
  own: Operation[];
  children: Map<string, Node>;
  count: number;
}

function insert(root: Node, o: Operation) {
  let at = root;
  at.count++;
  for (const s of o.path.split("/").slice(1)) {
    let next = at.children.get(s);
    if (!next) at.children.set(s, (next = { own: [], children: new Map(), count: 0 }));
    at = next;
    at.count++;
  }
  at.own.push(o);
}

/** Returns the paths of all folders of a tree. */
export function foldersOf(operations: Operation[]): string[] {
  return rowsOf(operations, new Set(), () => false).flatMap((r) => (r.folder ? [r.folder.path] : []));
}

/** Returns the rows of a tree without those that are folded. */
export function rowsOf(operations: Operation[], folded: ReadonlySet<string>, isNew: (o: Operation) => boolean): Row[] {
  const root: Node = { own: [], children: new Map(), count: 0 };
  for (const o of operations) insert(root, o);
  const rows: Row[] = [];
  const all = (n: Node): Operation[] => [...n.own, ...[...n.children.values()].flatMap(all)];
  const add = (n: Node, path: string, above: string, level: number) => {
    // A path that has no operation of its own, and one that continues it, are one row.
    while (n.own.length === 0 && n.children.size === 1 && n.count > 1) {
      const [segment, child] = [...n.children][0]!;
      [n, path] = [child, path + "/" + segment];
    }
    const single = n.children.size === 0 || n.count === 1;
    if (single) {
      for (const o of all(n)) rows.push({ level, operation: o, rest: o.path.slice(above.length) || o.path });
      return;
    }
    let inside = level;
    let beyond = above;
    if (path !== "") {
      const list = all(n);
      const isFolded = folded.has(path);
      rows.push({
        level, rest: path.slice(above.length),
        folder: {
          path, operations: list.length, flows: list.reduce((sum, o) => sum + o.flows, 0), folded: isFolded, fresh: list.filter(isNew).length,
        },
      });
      if (isFolded) return;
      inside = level + 1;
      beyond = path;
    }
    for (const o of n.own) rows.push({ level: inside, operation: o, rest: path === "" ? "/" : "" }); // of the folder itself
    for (const [segment, child] of n.children) add(child, path + "/" + segment, beyond, inside);
  };
  add(root, "", "", 1);
  return rows;
}
