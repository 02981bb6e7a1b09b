import type { ComponentChildren } from "preact";

/** Tabs with their names and titles, and perhaps a tip. */
type List<T> = readonly (readonly [name: T, title: ComponentChildren, tip?: string])[];

/** Returns the name of the tab that comes some after another one, round and round. */
export function tabAfter<T>(tabs: List<T>, name: T, by: number): T {
  return tabs[(tabs.findIndex(([t]) => t === name) + by + tabs.length) % tabs.length]![0];
}

interface Props<T> {
  label: string;
  tabs: List<T>;
  current: T;
  choose: (name: T) => void;
  /** The prefix of the ids of the tabs, and the id of their panel. */
  id: string;
  controls: string;
  class: string;
  /** What stands behind the tabs. */
  children?: ComponentChildren;
}

/** A row of tabs, of which the arrows choose the next one. */
export function Tabs<T extends string>({ label, tabs, current, choose, id, controls, class: c, children }: Props<T>) {
  return (
    <div role="tablist" aria-label={label} class={c}>
      {tabs.map(([name, title, tip]) => (
        <button type="button" role="tab" id={`${id}-${name}`} aria-selected={name === current} aria-controls={controls} tabIndex={name === current ? 0 : -1}
          title={tip} onClick={() => choose(name)}
          onKeyDown={(e) => {
            if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
            const next = tabAfter(tabs, current, e.key === "ArrowRight" ? 1 : -1);
            choose(next);
            document.getElementById(`${id}-${next}`)?.focus(); // before the next key
            e.stopPropagation();
            e.preventDefault();
          }}>{title}</button>
      ))}
      {children}
    </div>
  );
}
