// What waits for a person, whichever panel is open: held calls of gateways, and messages that rules hold.
import { effect, signal } from "@preact/signals";
import { held, type List } from "./approvals/calls.gen";
import { state, type State } from "./rules/calls.gen";
import { subscribe, type CallError } from "./wire";

export const approvals = signal<List | undefined>(undefined);
export const approvalsError = signal<CallError | undefined>(undefined);
export const rules = signal<State | undefined>(undefined);

/** Returns how many things wait in a panel. */
export function waitingIn(panel: string): number {
  if (panel === "rules") return rules.value?.held.length ?? 0;
  return panel === "approvals" ? approvals.value?.held.filter((h) => h.state === "waiting").length ?? 0 : 0;
}

/** Whether the browser shows notifications of this page: only a person's click asks it to. */
export const permission = signal(typeof Notification === "undefined" ? "denied" : Notification.permission);

export function askToNotify() {
  void Notification.requestPermission().then((p) => (permission.value = p));
}

/** Follows what waits until the returned function is called, also while nobody sees the page. */
export function watchWaiting(): () => void {
  const ends = [
    subscribe(state, {}, (s) => (rules.value = s), () => {}, "", true),
    subscribe(held, {}, (l) => {
      approvals.value = l;
      approvalsError.value = undefined;
    }, (e) => (approvalsError.value = e), "", true),
  ];
  let before = 0;
  const stop = effect(() => {
    const [calls, messages] = [waitingIn("approvals"), waitingIn("rules")];
    const n = calls + messages;
    document.title = n > 0 ? `(${n}) spectap` : "spectap";
    if (n > before && document.hidden && permission.peek() === "granted") {
      new Notification("spectap", { body: calls > 0 ? "A call waits for your approval" : "A rule holds a message", tag: "waiting" });
    }
    before = n;
  });
  return () => [...ends, stop].forEach((f) => f());
}
