import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  role: "toolbar" | "navigation";
  label: string;
  class: string;
  children: ComponentChildren;
}

const moves: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Buttons that are one stop of the Tab key; the arrows, Home and End go from one to the next (ARIA, "roving tabindex"). */
export function Roving({ role, label, class: c, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const at = useRef<HTMLElement>(undefined);
  const all = () => [...box.current!.querySelectorAll<HTMLElement>("button:not([role=menuitemcheckbox], [role=menuitem], :disabled)")];
  const mark = () => {
    const list = all();
    const stop = list.includes(at.current!) ? at.current : list[0]; // the first, until one had the focus
    for (const b of list) b.tabIndex = b === stop ? 0 : -1;
  };
  useLayoutEffect(mark);
  return (
    <div ref={box} role={role} aria-label={label} class={c}
      onFocusIn={(e) => {
        if (!all().includes(e.target as HTMLElement)) return;
        at.current = e.target as HTMLElement;
        mark();
      }}
      onKeyDown={(e) => {
        const list = all();
        const from = list.indexOf(e.target as HTMLElement);
        const to = e.key === "Home" ? 0 : e.key === "End" ? list.length - 1 : from + (moves[e.key] ?? 0);
        if (from < 0 || to === from || e.ctrlKey || e.metaKey || e.altKey) return;
        list[(to + list.length) % list.length]!.focus();
        e.preventDefault();
        e.stopPropagation();
      }}>
      {children}
    </div>
  );
}
