import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface MenuItem {
  label: string;
  /** Stands above the first of the items that have it. */
  heading?: string;
  /** Whether it is chosen, of what can be chosen. The menu stays open. */
  checked?: boolean;
  run: () => void;
}

/** A button that opens a list of actions. */
export function Menu({ label, items, title, name }: { label: string; items: MenuItem[]; title?: string; name?: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null); // what had the focus: a key can open the menu
  useLayoutEffect(() => { // before the next key
    if (!open) return;
    before.current = document.activeElement;
    (box.current?.querySelector("[role^=menuitem]") as HTMLElement | null)?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    (before.current instanceof HTMLElement && before.current !== document.body ? before.current : box.current?.querySelector("button"))?.focus();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (!open) return;
    const all = [...box.current!.querySelectorAll<HTMLElement>("[role^=menuitem]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (e.key === "Escape") close();
    else if (e.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (e.key === "ArrowUp") all[(at - 1 + all.length) % all.length]?.focus();
    else if (e.key === "Home") all[0]?.focus();
    else if (e.key === "End") all[all.length - 1]?.focus();
    else if (e.key === "Tab") { setOpen(false); return; }
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div class="menu" ref={box} onKeyDown={onKeyDown}
      onFocusOut={(e) => { if (!box.current?.contains(e.relatedTarget as Node | null)) setOpen(false); }}>
      <button type="button" id={name} aria-haspopup="menu" aria-expanded={open} aria-controls={id} title={title} onClick={() => setOpen(!open)}>
        {label} <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div id={id} role="menu" class="menu-list">
          {items.map((i, n) => (<>
            {i.heading && i.heading !== items[n - 1]?.heading && <div role="separator" aria-label={i.heading} class="menu-heading">{i.heading}</div>}
            <button type="button" role={i.checked === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked={i.checked} tabIndex={-1}
              onClick={() => {
                if (i.checked === undefined) close();
                i.run();
              }}>{i.checked !== undefined && <span class="check" aria-hidden="true">{i.checked ? "✓" : ""}</span>}{i.label}</button>
          </>))}
        </div>
      )}
    </div>
  );
}
