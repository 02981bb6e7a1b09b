// The rows of the list without a browser: what it asks of the server for what the feed left out.
import assert from "node:assert/strict";
import test from "node:test";
import { createServer } from "vite";
import { cleanup, eventually } from "./support.mjs";

const served = async (t, module) => {
  const vite = await createServer({ root: new URL("..", import.meta.url).pathname, logLevel: "error", server: { middlewareMode: true, hmr: false, ws: false }, optimizeDeps: { noDiscovery: true } });
  cleanup(t, () => vite.close());
  return vite.ssrLoadModule(module);
};

test("times have their year if it is another", async (t) => {
  const { shortTime } = await served(t, "/src/parts/format.ts");
  const now = new Date(), noon = (year, month) => new Date(year, month, 3, 12).getTime();
  assert.equal(shortTime(noon(2021, 0)), "2021-01-03 12:00:00");
  assert.match(shortTime(noon(now.getFullYear(), now.getMonth() === 0 ? 1 : 0)), /^0[12]-03 12:00:00$/);
});

/** Loads the list of the page, with a server that answers each call. Returns the list, the calls, and how the feed speaks. */
async function load(t, answer) {
  const calls = [];
  let feed;
  Object.assign(globalThis, {
    window: globalThis, document: { hidden: false, addEventListener() {} }, addEventListener() {}, requestAnimationFrame: (f) => setTimeout(f, 0),
    EventSource: class {
      constructor() { this.listeners = {}; feed = this; }
      addEventListener(name, f) { this.listeners[name] = f; }
      close() {}
    },
    fetch: async (_, { body }) => {
      const arg = JSON.parse(body);
      calls.push(arg);
      return Response.json(answer(arg));
    },
  });
  const { FlowList } = await served(t, "/src/traffic/list.ts");
  const list = new FlowList("");
  cleanup(t, () => list.stop());
  await list.start();
  await eventually(() => assert.ok(feed));
  const tell = (news) => feed.listeners["traffic.flows"]({ lastEventId: "", data: JSON.stringify({ rows: [], gone: [], flows: 0, ...news }) });
  return { list, calls, tell };
}

const row = (seq) => ({ seq, last: seq, method: "GET", scheme: "http", host: "a", path: "/", started: 0 });
const rows = (after, before) => Array.from({ length: before - after - 1 }, (_, i) => row(before - 1 - i)); // the newest first

test("a full list asks for no rows that it would drop", async (t) => {
  const kept = 200_000, first = 50_000;
  const { list, calls, tell } = await load(t, ({ before, after, limit }) => {
    if (!before) return { rows: rows(first - 1, first + kept), last: first + kept - 1, flows: 300_000 };
    const out = rows(Math.max(after, before - limit - 1), before);
    const oldest = out.at(-1)?.seq;
    return { rows: out, next: oldest > after + 1 ? oldest : undefined, last: first + kept + 5000, flows: 300_000 };
  });
  assert.equal(list.rows.length, kept);
  const before = calls.length;

  // A gap behind the rows is not asked for, and of one that begins there only what comes before the list is full.
  tell({ gap: { after: 10, before: 9000 } });
  tell({ gap: { after: 100, before: first + 10 } });
  const end = first + kept - 1;
  tell({ gap: { after: end, before: end + 4000 }, rows: [row(end + 4000)] });
  tell({});
  await eventually(() => assert.equal(list.gaps.length, 0));
  assert.equal(list.rows.length, kept);
  assert.equal(list.rows.at(-1).seq, end + 4000);
  assert.equal(list.rows[0].seq, first + 4000);
  for (let i = 1; i < kept; i++) assert.equal(list.rows[i].seq, list.rows[i - 1].seq + 1);
  assert.deepEqual(calls.slice(before).map(({ after, before }) => [after, before]), [[end, end + 4000]]);
});

test("a list that has room fills all gaps", async (t) => {
  const { list, tell } = await load(t, ({ before, after, limit }) => {
    if (!before) return { rows: rows(0, 101), last: 100, flows: 100 };
    const out = rows(Math.max(after, before - limit - 1), before);
    const oldest = out.at(-1)?.seq;
    return { rows: out, next: oldest > after + 1 ? oldest : undefined, last: 0, flows: 0 };
  });
  tell({ gap: { after: 100, before: 20_000 }, rows: [row(20_000)] });
  tell({});
  await eventually(() => assert.equal(list.gaps.length, 0));
  assert.equal(list.rows.length, 20_000);
});
