// Calls and feeds of the server, whose types the generated files name. See page/wire.

/** An error that the server explains, or the lack of a server. */
export class CallError extends Error {
  constructor(message: string, readonly status: number, readonly hint = "", readonly column = 0) {
    super(message);
  }
}

/** The path of the session, which no other page knows. Empty without a session. */
let base = "";

/** Exchanges the token of the link for a session, or finds the session that the address names. */
export async function signIn(): Promise<boolean> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname); // the token must not stay in the history
    const r = await fetch("/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) });
    if (!r.ok) return false;
    base = ((await r.json()) as { base: string }).base;
    history.replaceState(null, "", base);
    return true;
  }
  const m = /^\/s-[a-z0-9]+\//.exec(location.pathname);
  base = m ? m[0] : "";
  return base !== "";
}

let lost: () => void = () => {};

/** Calls f when the session turns out to have ended. */
export function onLost(f: () => void) {
  lost = f;
}

async function post(path: string, arg: unknown, signal?: AbortSignal): Promise<Response> {
  let r: Response;
  try {
    r = await fetch(base + "api/" + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(arg), signal: signal ?? null,
    });
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new CallError("spectap does not answer: it has ended, or the connection was cut", 0);
  }
  if (r.ok) return r;
  if (r.status === 401) lost();
  if (r.headers.get("Content-Type") !== "application/json") throw new CallError((await r.text()).trim(), r.status);
  const e = (await r.json()) as { message: string; try?: string; column?: number };
  throw new CallError(e.message, r.status, e.try, e.column);
}

export type Call<In, Out> = (arg: In, signal?: AbortSignal) => Promise<Out>;

/** Declares a call that answers with JSON. */
export function call<In, Out>(path: string): Call<In, Out> {
  return async (arg, signal) => (await (await post(path, arg, signal)).json()) as Out;
}

/** A file that the server wrote. */
export interface Saved {
  name: string;
  data: Blob;
}

/** Declares a call that answers with a file. */
export function file<In, Out extends Saved>(path: string): Call<In, Out> {
  return async (arg, signal) => {
    const r = await post(path, arg, signal);
    const name = /filename="?([^";]+)/.exec(r.headers.get("Content-Disposition") ?? "")?.[1] ?? "file";
    return { name, data: await r.blob() } as Out;
  };
}

/** Lets the person save a file. */
export function save(f: Saved) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(f.data);
  a.download = f.name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
}

export interface Feed<In, Event> {
  name: string;
  in?: In;
  event?: Event;
}

/** Declares a feed of events. */
export function feed<In, Event>(name: string): Feed<In, Event> {
  return { name };
}

interface Subscription {
  arg: unknown;
  take: (event: never) => void;
  always: boolean;
  fail: (e: CallError) => void;
}

// All feeds share one connection, since a browser has only six to one server.
const subscriptions = new Map<string, Subscription>();
const positions = new Map<string, string>();
let source: EventSource | undefined;
let scheduled = false;
let heard: (up: boolean) => void = () => {};

/** Calls f when the connection comes up or breaks. */
export function onConnection(f: (up: boolean) => void) {
  heard = f;
}

/**
 * Calls take for each event of a feed until the returned function is called. A page has one
 * subscription to a feed; another one replaces it. last is where the feed begins, if not at its start. Unless always is
 * true, no event comes while nobody sees the page.
 */
export function subscribe<In, Event>(
  f: Feed<In, Event>, arg: In, take: (event: Event) => void, fail: (e: CallError) => void, last = "",
  always = false,
): () => void {
  const s: Subscription = { arg, take, fail, always };
  subscriptions.set(f.name, s);
  if (last) positions.set(f.name, last);
  else positions.delete(f.name);
  reconnect();
  return () => {
    if (subscriptions.get(f.name) !== s) return;
    subscriptions.delete(f.name);
    reconnect();
  };
}

/** Returns where a feed is, for a subscription that goes on there. */
export function positionOf(f: { name: string }): string {
  return positions.get(f.name) ?? "";
}

function reconnect() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    source?.close();
    source = undefined;
    const now = [...subscriptions].filter(([, s]) => s.always || !document.hidden);
    if (now.length > 0) connect(now);
  });
}

function connect(now: [string, Subscription][]) {
  const q = new URLSearchParams();
  const last = new URLSearchParams();
  for (const [name, s] of now) {
    q.set(name, JSON.stringify(s.arg));
    const at = positions.get(name);
    if (at) last.set(name, at);
  }
  q.set("last", last.toString());
  const es = new EventSource(base + "api/events?" + q.toString());
  source = es;
  es.onopen = () => heard(true);
  es.onerror = () => {
    heard(false);
    if (es.readyState !== EventSource.CLOSED || source !== es) return;
    // A refused stream stays closed, and does not say why: perhaps spectap was started again, and knows no such session.
    // Without one, any call is refused with 401.
    fetch(base + "api/alive").then((r) => { if (r.status === 401) lost(); }, () => {});
    setTimeout(reconnect, 3000);
  };
  for (const [name] of now) {
    es.addEventListener(name, (e) => {
      const at = new URLSearchParams(e.lastEventId).get(name);
      if (at) positions.set(name, at);
      subscriptions.get(name)?.take(JSON.parse(e.data) as never);
    });
    es.addEventListener("error:" + name, (e) => {
      const x = JSON.parse((e as MessageEvent<string>).data) as { message: string; try?: string; column?: number };
      subscriptions.get(name)?.fail(new CallError(x.message, 400, x.try, x.column));
    });
  }
}

// The stream of a page that is left ends without an error. Browsers may keep such a page, and show it again.
addEventListener("pagehide", () => {
  source?.close();
  source = undefined;
});
addEventListener("pageshow", (e) => {
  if (e.persisted) reconnect();
});

// A page that nobody sees takes only the events that it announces, and continues where it was.
document.addEventListener("visibilitychange", reconnect);
