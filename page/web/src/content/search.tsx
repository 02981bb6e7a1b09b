import type { Text } from "@codemirror/state";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Continues } from "./indent";

/**
 * Searches a text once it is complete. Returns a search field and a function that focuses it; Enter goes to the next
 * match, Shift+Enter to the previous one. mark receives the pattern, show the range of a match.
 */
export function useSearch(text: Text | undefined, continues: Continues, mark: (pattern: RegExp | undefined) => void, show: (from: number, to: number) => void) {
  const input = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState("");
  const pattern = useMemo(() => (query === "" ? undefined : new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi")), [query]);
  const found = useMemo(() => (text && pattern ? findAll([...text.iterLines()], pattern, query.length, continues) : []), [text, pattern]);
  const [match, setMatch] = useState(0);
  const goTo = (n: number) => {
    if (found.length === 0) return;
    const at = (n + found.length) % found.length;
    setMatch(at);
    show(found[at]!, found[at]! + query.length);
  };
  useLayoutEffect(() => { // before the next key
    mark(pattern);
    goTo(0);
  }, [found]);
  const field = (
    <div class="search-field">
      <input ref={input} type="search" placeholder="Search" aria-label="Search in this text" value={query}
        onInput={(e) => setQuery(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") goTo(match + (e.shiftKey ? -1 : 1));
          else if (e.key === "Escape") query === "" ? e.currentTarget.blur() : setQuery("");
          else return;
          e.preventDefault();
          e.stopPropagation();
        }} />
      {query !== "" && (
        <>
          <span class="faint" role="status">{found.length === 0 ? "none" : `${match + 1} / ${found.length}${found.length === maxFound ? "+" : ""}`}</span>
          <button type="button" class="quiet" aria-label="Match before" onClick={() => goTo(match - 1)}>↑</button>
          <button type="button" class="quiet" aria-label="Next match" onClick={() => goTo(match + 1)}>↓</button>
        </>
      )}
    </div>
  );
  return { field, focus: () => input.current?.focus() };
}

/** The largest number of matches. */
const maxFound = 10_000;

/** Returns the offsets of matches of a length. */
function findAll(lines: string[], pattern: RegExp, length: number, continues: Continues): number[] {
  const out: number[] = [];
  let at = 0;
  lines.forEach((line, n) => {
    const text = continues(n + 2) ? line + lines[n + 1]!.slice(0, length - 1) : line;
    pattern.lastIndex = 0;
    for (let m; out.length < maxFound && (m = pattern.exec(text)); ) out.push(at + m.index);
    at += line.length + 1;
  });
  return out;
}
