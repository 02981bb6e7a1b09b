// The operations of the inferred documents, and which one each row belongs to.
import { computed, signal } from "@preact/signals";
import { CallError } from "../wire";
import { assign, operations as fetchOperations, type Operations } from "./calls.gen";
import type { FlowList } from "./list";

/** Asking makes the program learn from new flows, which costs time that a busy proxy needs. */
const shortestWait = 1500;
const pause = 5000;
const share = 20; // a wait is this many times longer than the answer took
const longest = 60_000;

/** The state before the first answer. */
export const nothing: Operations = { generation: 0, operations: [], hosts: {} };

export class OperationList {
  readonly value = signal(nothing);
  /** The names of the operations by their numbers. */
  readonly names = computed(() => new Map(this.value.value.operations.map((o) => [o.number, o.name])));
  private timer = 0;
  private next = 0; // when it may ask again
  private abort = new AbortController();
  private unsubscribe = () => {};

  /** Follows a list until stop is called. */
  start(list: FlowList) {
    this.abort = new AbortController();
    const ends = [list.total.subscribe(() => this.schedule(list)), list.ready.subscribe((r) => {
      if (!r) return;
      clearTimeout(this.timer); // of the total, which is known a moment before
      this.timer = 0;
      this.schedule(list, 0);
    })];
    this.unsubscribe = () => ends.forEach((f) => f());
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    this.timer = 0;
    this.unsubscribe();
  }

  private schedule(list: FlowList, wait = shortestWait) {
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (list.busy || document.hidden) this.schedule(list, pause);
      else void this.ask(list);
    }, Math.max(wait, this.next - Date.now()));
  }

  private async ask(list: FlowList) {
    const started = Date.now();
    this.next = started + pause;
    const { signal } = this.abort;
    try {
      const now = await fetchOperations({}, signal);
      const changed = now.generation !== this.value.value.generation;
      this.value.value = now;
      if (changed || list.assigned !== now.generation) {
        const a = await assign({}, signal);
        list.assign(a.flows, a.operations, a.generation);
      }
      this.next = started + Math.max(pause, Math.min(longest, share * (Date.now() - started)));
      if (now.learning) this.schedule(list);
    } catch (e) {
      if (!signal.aborted && !(e instanceof CallError)) throw e;
    }
  }
}
