import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

/** A modal dialog. Escape and a click beside it close it, and the focus returns to where it was. */
export function Dialog({ title, close, children, wide }: { title: string; close: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement, dialog = ref.current;
    dialog?.showModal();
    const body = dialog?.querySelector<HTMLElement>(".dialog-body");
    if (!body?.contains(document.activeElement)) body?.focus(); // which keys can scroll
    return () => {
      const now = document.activeElement; // a key may have moved the focus already
      if (before instanceof HTMLElement && (!now || now === document.body || dialog?.contains(now))) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={id} class={wide ? "wide" : ""} onClose={close}
      onClick={(e) => e.target === ref.current && ref.current?.close()}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => ref.current?.close()}>✕</button>
      </header>
      <div class="dialog-body" tabIndex={0}>{children}</div>
    </dialog>
  );
}
