// Short messages that go away by themselves.
import { signal } from "@preact/signals";
import { CallError } from "../wire";

interface Notice {
  id: number;
  text: string;
  bad: boolean;
}

const notices = signal<Notice[]>([]);
let last = 0;

export function notify(text: string, bad = false) {
  const n = { id: ++last, text, bad };
  notices.value = [...notices.value.slice(-3), n];
  setTimeout(() => dismiss(n.id), bad ? 10_000 : 3000);
}

/** Shows an error, unless the call was cancelled. */
export function notifyError(e: unknown) {
  if (e instanceof DOMException && e.name === "AbortError") return;
  if (e instanceof CallError) notify(e.hint ? e.message + ": " + e.hint : e.message, true);
  else throw e;
}

function dismiss(id: number) {
  notices.value = notices.value.filter((n) => n.id !== id);
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((n) => (
        <button type="button" key={n.id} class={n.bad ? "bad" : ""} title="Dismiss" onClick={() => dismiss(n.id)}>{n.text}</button>
      ))}
    </div>
  );
}
