import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { count, digits } from "./format";
import { JSONLines, Kind } from "./json";
import { placeAfter } from "./keys";
import { notify } from "./notice";
import { countFirst, useSearch } from "./search";
import { Text } from "./text";
import { TextView } from "./textview";
import { VirtualList, type VirtualHandle } from "./virtual";

const rowHeight = 19;
const maxShown = 600; // characters of a string in its line
/** Above this number of lines, only the outer ones are unfolded at first. */
const manyLines = 800_000; // browsers have no scroll areas higher than about 17 million pixels

/** JSON as a tree that folds, with search. */
export function JSONView({ text, onBad }: { text: string; onBad?: () => void }) {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const lines = useMemo(() => new JSONLines(text), [text]);
  const [folded, setFolded] = useState<Set<number>>(new Set());
  const [cursor, setCursor] = useState(0);
  const [whole, setWhole] = useState<string>();
  const virtual = useRef<VirtualHandle>(null);

  useEffect(() => {
    let stopped = false;
    const work = () => {
      if (stopped) return;
      lines.run(12);
      if (lines.done) {
        if (lines.bad >= 0 && lines.count < 2) onBad?.();
        if (lines.count > manyLines) setFolded(deep(lines));
      } else setTimeout(work, 0);
      redraw(undefined);
    };
    work();
    return () => { stopped = true; };
  }, [lines]);

  const shown = useMemo(() => lines.visible(folded), [lines, folded, lines.count]);

  const toggle = (line: number, to?: boolean) => {
    const next = new Set(folded);
    if (to ?? !next.has(line)) next.add(line);
    else next.delete(line);
    setFolded(next);
  };
  const reveal = (line: number) => {
    const next = new Set(folded);
    for (const l of lines.around(line)) next.delete(l);
    setFolded(next);
    setCursor(line);
    const at = indexOf(lines.visible(next), line);
    setTimeout(() => virtual.current?.show(at, "center"), 0);
  };
  const search = useSearch(text, lines.done, (at) => reveal(lines.lineAt(at)));

  const row = indexOf(shown, cursor);
  const move = (to: number) => {
    const line = shown[Math.max(0, Math.min(shown.length - 1, to))];
    if (line === undefined) return;
    setCursor(line);
    virtual.current?.show(indexOf(shown, line));
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const container = lines.match[cursor]! > cursor;
    const to = placeAfter(e.key, row, shown.length, virtual.current?.page() ?? 10);
    if ((e.ctrlKey || e.metaKey) && e.key === "f") search.focus();
    else if (e.ctrlKey || e.metaKey || e.altKey) return;
    else if (to !== undefined) move(to);
    else if (e.key === "ArrowRight") container && folded.has(cursor) ? toggle(cursor, false) : move(row + 1);
    else if (e.key === "ArrowLeft") {
      if (container && !folded.has(cursor)) toggle(cursor, true);
      else {
        const [parent] = lines.around(cursor);
        if (parent !== undefined) move(indexOf(shown, parent));
      }
    } else if ((e.key === "Enter" || e.key === " ") && container) toggle(cursor);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <div class="content-view json">
      <div class="content-tools">
        {search.field}
        <button type="button" title="Fold all" onClick={() => setFolded(deep(lines, 1))}>Fold</button>
        <button type="button" title="Unfold all" onClick={() => setFolded(new Set())}>Unfold</button>
        <button type="button" class="path quiet" title="Copy the path" onClick={() => {
          void navigator.clipboard.writeText(lines.path(cursor)).then(() => notify("The path is copied."));
        }}><Text text={lines.count > 0 ? lines.path(cursor) : ""} /></button>
      </div>
      <VirtualList count={shown.length} rowHeight={rowHeight} handle={virtual} class="mono"
        active={shown[row] === cursor ? { index: row, id: "json-" + cursor } : undefined}
        attributes={{
          role: "tree", tabIndex: 0, "aria-label": "JSON", "aria-busy": !lines.done,
          onKeyDown,
          style: { height: Math.min(shown.length, 2000) * rowHeight + 2 + "px" },
        }}
        row={(i) => (
          <Line lines={lines} line={shown[i]!} folded={folded.has(shown[i]!)} current={shown[i] === cursor} find={search.pattern}
            onToggle={toggle} onPick={setCursor} onWhole={setWhole} />
        )} />
      {lines.done && lines.bad >= 0 && <p class="warn">From character {lines.bad + 1} on this is no JSON. Raw shows all of it.</p>}
      {whole !== undefined && (
        <Dialog title="The whole value" wide close={() => setWhole(undefined)}><TextView text={whole} /></Dialog>
      )}
    </div>
  );
}

/** Returns all containers below a depth. */
function deep(lines: JSONLines, depth = 2): Set<number> {
  const out = new Set<number>();
  for (let i = 0; i < lines.count; i++) if (lines.match[i]! > i && lines.depth(i) >= depth) out.add(i);
  return out;
}

/** Returns the index of a line among ascending ones, or of the last one before it. */
function indexOf(shown: Int32Array, line: number): number {
  return Math.max(0, countFirst(shown.length, (i) => shown[i]! <= line) - 1);
}

interface LineProps {
  lines: JSONLines;
  line: number;
  folded: boolean;
  current: boolean;
  find: RegExp | undefined;
  onToggle: (line: number) => void;
  onPick: (line: number) => void;
  onWhole: (text: string) => void;
}

function Line({ lines, line, folded, current, find, onToggle, onPick, onWhole }: LineProps) {
  const kind = lines.kind(line);
  const container = kind === Kind.Object || kind === Kind.Array;
  const isEnd = kind === Kind.ObjectEnd || kind === Kind.ArrayEnd;
  const key = lines.keyText(line);
  const index = lines.index[line]!;
  return (
    <div id={"json-" + line} class={"json-line" + (current ? " current" : "")} role={isEnd ? "presentation" : "treeitem"}
      aria-level={isEnd ? undefined : lines.depth(line) + 1} aria-expanded={container ? !folded : undefined}
      style={{ paddingLeft: 1.4 + Math.min(lines.depth(line), 40) * 1.2 + "em" }} onClick={() => onPick(line)}>
      {container && <span class="fold" aria-hidden="true" onClick={() => onToggle(line)}>{folded ? "▸" : "▾"}</span>}
      {key && <><Text text={key.length > 200 ? key.slice(0, 200) + "…" : key} find={find} class="j-key" />: </>}
      {index >= 0 && <span class="j-index">{index}</span>}
      <Value lines={lines} line={line} kind={kind} folded={folded} find={find} onToggle={onToggle} onWhole={onWhole} />
    </div>
  );
}

function Value({ lines, line, kind, folded, find, onToggle, onWhole }: Omit<LineProps, "current" | "onPick"> & { kind: Kind }) {
  const whole = lines.text.slice(lines.start[line], lines.end[line]);
  if (kind === Kind.Object || kind === Kind.Array) {
    const [close, what] = kind === Kind.Object ? ["}", "member"] : ["]", "element"];
    return (
      <span onClick={() => folded && onToggle(line)}>
        {whole}{folded && <span class="j-folded"> … {close}</span>}
        <span class="j-count"> {count(lines.members[line]!, what)}</span>
      </span>
    );
  }
  if (kind === Kind.EmptyObject) return <>{"{}"}</>;
  if (kind === Kind.EmptyArray) return <>[]</>;
  if (kind < Kind.EmptyObject) return <>{whole}</>;
  const c = kind === Kind.String ? "j-string" : kind === Kind.Number ? "j-number" : "j-literal";
  if (whole.length <= maxShown) return <Text text={whole} find={find} class={c} />;
  return (
    <>
      <Text text={whole.slice(0, maxShown)} find={find} class={c} />
      <button type="button" class="more" onClick={() => onWhole(whole)}>… {digits(whole.length)} characters</button>
    </>
  );
}
