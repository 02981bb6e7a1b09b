import { useMemo } from "preact/hooks";
import { Text } from "./text";
import { VirtualList } from "./virtual";

const rowHeight = 18;

/** A difference of two texts in the unified format. */
export function DiffView({ text }: { text: string }) {
  const lines = useMemo(() => text.split("\n").filter((l) => l !== "" && !/^(---|\+\+\+) /.test(l)), [text]);
  const kind = (l: string) => (l.startsWith("+") ? "added" : l.startsWith("-") ? "removed" : l.startsWith("@@") ? "place" : "same");
  return (
    <VirtualList count={lines.length} rowHeight={rowHeight} class="mono diff-view"
      attributes={{ tabIndex: 0, role: "region", "aria-label": "Changes of the document", style: { height: Math.min(lines.length, 24) * rowHeight + 2 + "px" } }}
      row={(i) => <span class={"diff-line " + kind(lines[i]!)}><Text text={lines[i]!} /></span>} />
  );
}
