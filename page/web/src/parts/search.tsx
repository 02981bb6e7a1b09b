import type { Ref } from "preact";
import { useRef } from "preact/hooks";

interface Props {
  text: string;
  /** The number of matches, and which one is shown, from 0. */
  found: number;
  at: number;
  onText: (text: string) => void;
  onMove: (by: 1 | -1) => void;
  input?: Ref<HTMLInputElement>;
}

/** A field that searches what is shown. Enter goes to the next match, Shift+Enter to the one before. */
export function SearchField({ text, found, at, onText, onMove, input }: Props) {
  const own = useRef<HTMLInputElement>(null);
  return (
    <div class="search-field">
      <input ref={input ?? own} type="search" placeholder="Search" aria-label="Search in this text" value={text}
        onInput={(e) => onText(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") onMove(e.shiftKey ? -1 : 1);
          else if (e.key === "Escape") text === "" ? e.currentTarget.blur() : onText("");
          else return;
          e.preventDefault();
          e.stopPropagation();
        }} />
      {text !== "" && (
        <>
          <span class="faint" role="status">{found === 0 ? "none" : `${at + 1} / ${found}${found === maxFound ? "+" : ""}`}</span>
          <button type="button" class="quiet" aria-label="Match before" onClick={() => onMove(-1)}>↑</button>
          <button type="button" class="quiet" aria-label="Next match" onClick={() => onMove(1)}>↓</button>
        </>
      )}
    </div>
  );
}

/** The number of matches that are looked for. */
export const maxFound = 10_000;

/** Returns the offsets of matches. */
export function findAll(text: string, pattern: RegExp | undefined): number[] {
  const out: number[] = [];
  if (!pattern) return out;
  pattern.lastIndex = 0;
  for (let m; out.length < maxFound && (m = pattern.exec(text)); ) {
    out.push(m.index);
    if (m[0] === "") pattern.lastIndex++;
  }
  return out;
}
