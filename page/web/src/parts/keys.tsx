// The keyboard map. A component says which keys it takes while it is shown; "?" lists them all.
import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Dialog } from "./dialog";
import { go } from "./route";

export interface Key {
  /** Names as in KeyboardEvent.key; the first one is shown first. Several do the same. */
  keys: string[];
  does: string;
  run: (e: KeyboardEvent) => void;
}

interface Group {
  title: string;
  keys: Key[];
  within: RefObject<HTMLElement | null> | undefined;
}

const groups: Group[] = [];
export const showKeys = signal(false);

/** Takes keys while the component is mounted, or while the focus is within an element of it. Keys that are typed into a
 * field are not taken. */
export function useKeys(title: string, keys: Key[], within?: RefObject<HTMLElement | null>) {
  const current = useRef(keys);
  current.current = keys;
  useLayoutEffect(() => { // before what takes the keys is seen
    const g: Group = {
      title, within,
      get keys() {
        return current.current;
      },
    };
    groups.push(g);
    return () => void groups.splice(groups.indexOf(g), 1);
  }, [title]);
}

/** Takes the keys of a list of which one thing is open beside it: those that open another one, and that which closes it. */
export function useListKeys<T>(title: string, what: string, ids: T[], open: T, address: (id?: T) => string, more: Key[] = []) {
  const at = ids.indexOf(open);
  const move = (by: number) => {
    const next = ids[at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))];
    if (next !== undefined) go(address(next), Boolean(open));
  };
  useKeys(title, [
    ...more,
    { keys: ["ArrowDown", "j"], does: `the next ${what}`, run: () => move(1) },
    { keys: ["ArrowUp", "k"], does: `the ${what} before`, run: () => move(-1) },
    { keys: ["Escape"], does: `close the ${what}`, run: () => go(address()) },
  ]);
}

/** Returns where a key goes from a place in a list: one or a page, if there are pages, on or back, or to an end. undefined is no such key. */
export function placeAfter(key: string, at: number, count: number, page = NaN): number | undefined {
  const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 };
  const place = to[key] ?? NaN;
  return Number.isNaN(place) ? undefined : Math.max(0, Math.min(count - 1, place));
}

/** Leaves the arrows to an element that has the focus and scrolls. */
export function scrolls(e: KeyboardEvent) {
  if (e.target === e.currentTarget && (e.key === "ArrowDown" || e.key === "ArrowUp")) e.stopPropagation();
}

function isTyping(e: KeyboardEvent): boolean {
  const t = e.composedPath()[0];
  return t instanceof HTMLElement && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName));
}

addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || isTyping(e)) return;
  if (document.querySelector("dialog[open]")) return;
  if (e.key === "?") {
    showKeys.value = true;
    e.preventDefault();
    return;
  }
  const t = e.composedPath()[0];
  if ((e.key === "Enter" || e.key === " ") && t instanceof HTMLElement && t.closest("button,a,summary,[role=tab]")) return;
  const inside = groups.filter((g) => t instanceof Node && g.within?.current?.contains(t));
  for (const g of [...groups.filter((g) => !g.within), ...inside].reverse()) {
    const k = g.keys.find((k) => k.keys.includes(e.key));
    if (k) {
      e.preventDefault();
      k.run(e);
      return;
    }
  }
});

const names: Record<string, string> = {
  ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", " ": "Space", Escape: "Esc", PageDown: "Page ↓", PageUp: "Page ↑",
};

/** The list of all keys. */
export function KeyHelp() {
  if (!showKeys.value) return null;
  return (
    <Dialog title="Keys" close={() => (showKeys.value = false)}>
      {groups.map((g) => (
        <section>
          <h3>{g.title}</h3>
          <dl class="keys">
            {g.keys.map((k) => (
              <div>
                <dt>{k.keys.map((x, i) => [i > 0 && " ", <kbd>{names[x] ?? x}</kbd>])}</dt>
                <dd>{k.does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
