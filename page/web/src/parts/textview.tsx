import { useEffect, useMemo, useRef } from "preact/hooks";
import { countFirst, useSearch } from "./search";
import { Text } from "./text";
import { VirtualList, type VirtualHandle } from "./virtual";

const rowHeight = 18;
const width = 240; // characters of a row; longer lines go on in the next one

/** Returns where rows begin, and whether each begins a line. */
function rowsOf(text: string): { starts: number[]; numbers: number[] } {
  const starts: number[] = [];
  const numbers: number[] = [];
  let line = 0;
  for (let at = 0; at <= text.length; ) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    line++;
    for (let i = at, first = true; first || i < end; i += width, first = false) {
      starts.push(i);
      numbers.push(first ? line : 0);
    }
    at = end + 1;
  }
  return { starts, numbers };
}

/** Text with line numbers and search, in the colours of a syntax. line, from 1, is shown first, and marked; 0 for none. */
export function TextView({ text, line = 0, syntax }: { text: string; line?: number; syntax?: Syntax | undefined }) {
  const { starts, numbers } = useMemo(() => rowsOf(text), [text]);
  const virtual = useRef<VirtualHandle>(null);
  const search = useSearch(text, true, (at) => virtual.current?.show(countFirst(starts.length, (i) => starts[i]! <= at) - 1, "center"));
  const place = line > 0 ? numbers.indexOf(line) : -1;
  useEffect(() => { if (place >= 0) virtual.current?.show(place, "start"); }, []);
  const digits = String(numbers.length).length;
  return (
    <div class="content-view text">
      <div class="content-tools">{search.field}</div>
      <VirtualList count={starts.length} rowHeight={rowHeight} handle={virtual} class="mono"
        attributes={{
          tabIndex: 0, role: "region", "aria-label": "Text", style: { height: Math.min(starts.length, 2000) * rowHeight + 2 + "px" },
          onKeyDown: (e: KeyboardEvent) => {
            if (!(e.ctrlKey || e.metaKey) || e.key !== "f") return;
            search.focus();
            e.preventDefault();
          },
        }}
        row={(i) => {
          const end = Math.min(starts[i + 1] ?? text.length, starts[i]! + width);
          return (
            <>
              <span class={"line-number" + (i === place ? " current" : "")} style={{ width: digits + "ch" }}>{numbers[i] || ""}</span>
              <Line text={text.slice(starts[i], end).replace(/\r?\n$/, "")} find={search.pattern} syntax={syntax} />
            </>
          );
        }} />
    </div>
  );
}

export type Syntax = "json" | "yaml";

/** The tokens of a line: the class of each is that of the group that matches. They are found without what stands before. */
const tokens: Record<Syntax, RegExp> = {
  json: /(?<key>"(?:\\.|[^"\\])*"(?=\s*:))|(?<string>"(?:\\.|[^"\\])*"?)|(?<number>-?\b\d[\d.eE+-]*)|(?<literal>\b(?:true|false|null)\b)/g,
  yaml: /(?<key>(?<=^[\s-]*)(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s"'#:-][^:#]*|-[^\s:#]+)(?=:(?:\s|$)))|(?<index>(?<=^|\s)#.*)|(?<string>(?<=[\s:-])(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'))|(?<number>(?<=[:-] )-?\d[\d.eE+-]*(?=\s*$))|(?<literal>(?<=[:-] )(?:true|false|null|~)(?=\s*$))/g,
};

/** A line. Where something is found, the marks of that are its only colours. */
function Line({ text, find, syntax }: { text: string; find: RegExp | undefined; syntax: Syntax | undefined }) {
  if (!syntax || (find && text.search(find) >= 0)) return <Text text={text} find={find} />;
  const out = [];
  let at = 0;
  for (const m of text.matchAll(tokens[syntax])) {
    if (m.index > at) out.push(<Text text={text.slice(at, m.index)} />);
    out.push(<Text text={m[0]} class={"j-" + Object.entries(m.groups!).find(([, v]) => v !== undefined)![0]} />);
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push(<Text text={text.slice(at)} />);
  return <>{out}</>;
}
