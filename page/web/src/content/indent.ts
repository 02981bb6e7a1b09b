// The structure of a text by its indentation: folds, and paths of JSON.
import type { Text } from "@codemirror/state";

const depthOf = (line: string) => line.search(/\S|$/);

/** Reports whether a line ends an object, an array or an element. */
const closes = (line: string) => /^\s*(?:[\]}]|<\/)/.test(line);

/** Reports whether a line, counted from 1, continues the line before. */
export type Continues = (line: number) => boolean;

/** Returns the range that folding a line hides: the lines that are indented more, up to the closing bracket or tag. */
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

/** Returns the JSONPath of a line of JSON. */
export function pathOf(doc: Text, line: number, continues: Continues): string {
  while (continues(line)) line--;
  let steps = "", { text } = doc.line(line), depth = depthOf(text), index = closes(text) ? -1 : 0, l = line;
  for (const before of doc.iterRange(doc.line(line).from, 0)) { // backwards, with the breaks
    if (before === "\n" && l--) continue;
    const d = depthOf(before);
    if (before === "" || l === line || d > depth || continues(l) || closes(before)) continue;
    if (d === depth) {
      if (index++ < 0) text = before; // the opening line of a closing bracket
      continue;
    }
    const name = /^\s*("(?:\\.|[^"\\])*"): /.exec(text)?.[1] ?? "";
    steps = (before.endsWith("[") ? `[${index}]` : /^"[A-Za-z_]\w*"$/.test(name) ? "." + name.slice(1, -1) : `[${name}]`) + steps;
    [text, depth, index] = [before, d, 0];
  }
  return "$" + steps;
}
