import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/**
 * Searches a text, if it is whole. Returns the field, in which Enter goes to the next match and Shift+Enter to the one
 * before, what gives it the focus, and the pattern that is sought. show shows an offset of the text.
 */
export function useSearch(text: string, isWhole: boolean, show: (offset: number) => void) {
  const input = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState("");
  const pattern = useMemo(() => finder(query), [query]);
  const found = useMemo(() => (isWhole ? findAll(text, pattern) : []), [text, pattern, isWhole]);
  const [match, setMatch] = useState(0);
  const goTo = (n: number) => {
    if (found.length === 0) return;
    const at = (n + found.length) % found.length;
    setMatch(at);
    show(found[at]!);
  };
  useLayoutEffect(() => goTo(0), [found]); // before the next key
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
  return { field, pattern, focus: () => input.current?.focus() };
}

/** Returns a pattern that finds text in any case, or undefined for the empty text. */
function finder(text: string): RegExp | undefined {
  return text === "" ? undefined : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
}

/** The number of matches that are looked for. */
const maxFound = 10_000;

/** Returns the offsets of matches. */
function findAll(text: string, pattern: RegExp | undefined): number[] {
  const out: number[] = [];
  if (!pattern) return out;
  pattern.lastIndex = 0;
  for (let m; out.length < maxFound && (m = pattern.exec(text)); ) {
    out.push(m.index);
    if (m[0] === "") pattern.lastIndex++;
  }
  return out;
}

/** Returns how many things of a list come first, if it has those first for which something holds. */
export function countFirst(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (holds(mid)) low = mid + 1;
    else high = mid;
  }
  return low;
}
