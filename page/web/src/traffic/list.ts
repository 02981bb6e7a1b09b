// The rows of the list: those of the store, oldest first, kept current by the feed.
import { computed, signal } from "@preact/signals";
import { CallError, positionOf, subscribe } from "../wire";
import { rows as fetchRows, flows as feed, type Gap, type News, type Row } from "./calls.gen";

/** The number of rows that the page keeps; the oldest go first. */
const maxRows = 200_000;
const firstPage = 300;
const nextPage = 5000;

/** How long the feed must be complete before the page reads the rows that it skipped, in milliseconds. */
const calmAfter = 1500;
/** While flows arrive, the page waits between such reads this many times longer than one takes. */
const share = 10;

/** Equal texts of many rows share their memory. */
const texts = new Map<string, string>();
function intern(s: string): string {
  const have = texts.get(s);
  if (have !== undefined) return have;
  if (texts.size > 20_000) texts.clear();
  texts.set(s, s);
  return s;
}

export class FlowList {
  /** By ascending seq. Changed in place; version counts the changes. */
  rows: Row[] = [];
  /** The hosts of all rows that were there. */
  readonly hosts = new Set<string>();
  readonly version = signal(0);
  /** Flows in the store. */
  readonly total = signal(0);
  readonly error = signal<CallError | undefined>(undefined);
  /** New flows are not taken until resume is called. */
  readonly paused = signal(false);
  /** Older flows are still being read. */
  readonly loading = signal(false);
  readonly ready = signal(false);
  /** Says how much is read, in steps of 10 %, while counts of the rows are not whole; else "". */
  readonly progress = computed(() => (this.loading.value ? `loading, ${Math.floor(this.read.value * 10) * 10} %` : ""));
  private readonly read = signal(0); // the part of the records, from 0 to 1
  /** How many rows were put before the others, less those that were removed there. */
  shift = 0;

  /** More flows arrive than the feed sends. */
  busy = false;
  /** Parts of the log that the feed left out. */
  private gaps: Gap[] = [];
  private calm = 0;
  /** When the feed left out something, and when it last had rows. */
  private skipped = -Infinity;
  private arrived = -Infinity;
  private filling = false;
  private gone = () => {};
  private abort = new AbortController();
  private drawing = false;

  constructor(readonly filter: string) {}

  /** Reads the rows, and follows the store until stop is called. */
  async start() {
    const { signal } = this.abort;
    this.loading.value = true;
    try {
      const first = await fetchRows({ filter: this.filter, limit: firstPage }, signal);
      this.total.value = first.flows;
      this.add(first.rows.reverse());
      this.ready.value = true;
      this.follow(String(first.last));
      await this.fill(0, first.next ?? 0, signal, first.last);
    } catch (e) {
      if (!signal.aborted) this.error.value = e instanceof CallError ? e : new CallError(String(e), 0);
    } finally {
      if (!signal.aborted) this.loading.value = false;
    }
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.calm);
    this.gone();
  }

  private follow(last: string) {
    if (this.paused.value) this.position = last;
    else this.gone = subscribe(feed, { filter: this.filter }, (n) => this.take(n), (e) => (this.error.value = e), last);
  }

  /** Where the feed goes on after a pause. */
  private position = "";

  /** Takes no new flows, or those that came meanwhile and all that follow. */
  pause(on: boolean) {
    if (on) this.position = positionOf(feed) || this.position;
    this.paused.value = on;
    if (on) this.gone();
    else if (this.position !== "") this.follow(this.position);
  }

  /** Reads the rows between two records, the newest first. */
  private async fill(after: number, before: number, signal: AbortSignal, last: number) {
    while (before > 0 && (this.rows.length < maxRows || after > 0)) {
      const page = await fetchRows({ filter: this.filter, after, before, limit: nextPage }, signal);
      if (signal.aborted) return;
      this.add(page.rows.reverse());
      before = page.next ?? 0;
      this.read.value = Math.max(1 - before / last, this.rows.length / maxRows);
    }
  }

  private take(n: News) {
    this.total.value = n.flows;
    if (n.deleted) {
      this.restart();
      return;
    }
    if (n.gap) this.gaps.push(n.gap);
    const now = performance.now();
    if (n.gap) this.skipped = now;
    if (n.rows.length > 0) this.arrived = now;
    this.busy = now - this.skipped < calmAfter;
    clearTimeout(this.calm);
    if (this.gaps.length > 0) {
      this.calm = window.setTimeout(() => {
        this.busy = false;
        void this.fillGaps();
      }, Math.max(0, this.skipped + calmAfter - now));
    }
    this.add(n.rows);
    for (const seq of n.gone) {
      const i = this.find(seq);
      if (this.rows[i]?.seq === seq) this.rows.splice(i, 1);
    }
    if (n.gone.length > 0) this.changed();
  }

  /** Reads the rows that the feed left out, once the proxy is less busy. */
  private async fillGaps() {
    const { signal } = this.abort;
    const { gaps } = this;
    if (this.filling) return;
    this.filling = true;
    try {
      while (gaps.length > 0 && !this.busy) {
        const g = gaps[gaps.length - 1]!;
        // A flow whose newest record comes before the first row would be put before it, where a full list has no room.
        const first = this.rows.length < maxRows ? 0 : this.rows[0]!.seq;
        if (g.before <= first) {
          gaps.splice(gaps.indexOf(g), 1);
          continue;
        }
        const started = performance.now();
        const page = await fetchRows({ filter: this.filter, after: Math.max(g.after, first - 1), before: g.before, limit: nextPage }, signal);
        if (signal.aborted) return;
        const took = performance.now() - started;
        this.add(page.rows.reverse());
        if (page.next) g.before = page.next;
        else gaps.splice(gaps.indexOf(g), 1);
        if (performance.now() - this.arrived < calmAfter) await new Promise((done) => setTimeout(done, Math.min(share * took, 5000)));
        if (signal.aborted) return;
      }
    } catch (e) {
      if (!signal.aborted) this.error.value = e instanceof CallError ? e : new CallError(String(e), 0);
    } finally {
      this.filling = false;
    }
  }

  private restart() {
    this.stop();
    this.abort = new AbortController();
    this.rows = [];
    this.hosts.clear();
    this.gaps = [];
    this.shift = 0;
    this.changed();
    void this.start();
  }

  /** Adds rows in ascending order of seq, or replaces them by newer states. */
  private add(news: Row[]) {
    if (news.length === 0) return;
    for (const r of news) {
      r.method = intern(r.method);
      r.host = intern(r.host);
      this.hosts.add(r.host);
      if (r.type) r.type = intern(r.type);
    }
    news.sort((a, b) => a.seq - b.seq);
    const first = this.rows[0];
    if (first && news[news.length - 1]!.seq < first.seq) {
      this.rows = news.concat(this.rows);
      this.shift += news.length;
    } else {
      for (const r of news) this.put(r);
    }
    const surplus = this.rows.length - maxRows;
    if (surplus > 0) {
      this.rows.splice(0, surplus);
      this.shift -= surplus;
    }
    this.changed();
  }

  private put(r: Row) {
    const last = this.rows[this.rows.length - 1];
    if (!last || r.seq > last.seq) {
      this.rows.push(r);
      return;
    }
    const i = this.find(r.seq);
    const have = this.rows[i];
    if (have?.seq !== r.seq) this.rows.splice(i, 0, r);
    else if (r.last >= have.last) this.rows[i] = r;
  }

  /** The generation of operations that the rows have. */
  assigned = 0;

  /** Sets the operations of rows. */
  assign(flows: number[], operations: number[], generation: number) {
    this.assigned = generation;
    for (let i = 0; i < flows.length; i++) {
      const r = this.rows[this.find(flows[i]!)];
      if (r && r.seq === flows[i]) r.operation = operations[i]!;
    }
    this.changed();
  }

  /** Returns the index of a flow, or of the row before which it belongs. */
  find(seq: number): number {
    let low = 0;
    for (let high = this.rows.length; low < high; ) {
      const mid = (low + high) >> 1;
      if (this.rows[mid]!.seq < seq) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Redraws once per frame. */
  private changed() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.version.value++;
    });
  }
}
