// What lines are inside of, by their indentation.
import type { Text } from "@codemirror/state";

const depthOf = (line: string) => line.search(/\S|$/);

/** Reports whether a line ends an object, an array or an element. */
const closes = (line: string) => /^\s*(?:[\]}]|<\/)/.test(line);

/** Reports whether a line, counted from 1, goes on with the one before. */
export type Continues = (line: number) => boolean;

/** Returns what is not seen if a line is folded: what is indented more, and the blanks before its end. */
export function insideOf(doc: Text, line: number, continues: Continues): { from: number; to: number } | null {
  const begin = doc.line(line), depth = depthOf(begin.text);
  if (line === doc.lines) return null;
  let to = begin.to;
  for (const text of doc.iterLines(++line)) {
    if (!continues(line++) && depthOf(text) <= depth && text !== "") {
      if (to > begin.to && closes(text)) to += 1 + depthOf(text);
      break;
    }
    to += 1 + text.length;
  }
  return to > begin.to ? { from: begin.to, to } : null;
}

/** Returns where a line of JSON is, as JSONPath. */
export function pathOf(doc: Text, line: number, continues: Continues): string {
  while (continues(line)) line--;
  let steps = "", { text } = doc.line(line), depth = depthOf(text), index = closes(text) ? -1 : 0;
  for (let l = line - 1; l > 0; l--) {
    const before = doc.line(l).text, d = depthOf(before);
    if (d > depth || continues(l) || closes(before)) continue;
    if (d === depth) {
      if (index++ < 0) text = before; // the line ends it
      continue;
    }
    const name = /^\s*("(?:\\.|[^"\\])*"): /.exec(text)?.[1] ?? "";
    steps = (before.endsWith("[") ? `[${index}]` : /^"[A-Za-z_]\w*"$/.test(name) ? "." + name.slice(1, -1) : `[${name}]`) + steps;
    [text, depth, index] = [before, d, 0];
  }
  return "$" + steps;
}
