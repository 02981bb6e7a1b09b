// What the page costs with 100,000 flows of 500 operations: the time to the first paint, memory, and
// the frames of a scrolling list.
import assert from "node:assert/strict";
import { createWriteStream, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import test from "node:test";
import { figures, frames } from "../bench/frames.mjs";
import { browser, folder, open, run, servePage, until, whole } from "./support.mjs";

const flows = 100_000;
const operations = 500;

async function writeArchive(file) {
  const out = createWriteStream(file);
  out.write('{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[');
  for (let i = 0; i < flows; i++) {
    const body = JSON.stringify({ id: i, name: "thing " + i, tags: ["a", "b"] });
    const entry = {
      startedDateTime: new Date(1_790_000_000_000 + i * 10).toISOString(), time: i % 300, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
      request: {
        method: ["GET", "PUT"][Math.floor(i / 250) % 2], url: `https://api${i % 5}.example/v1/resource${i % (operations / 2)}/${100_000 + i}`, httpVersion: "HTTP/1.1", cookies: [],
        headers: [{ name: "Accept", value: "application/json" }], queryString: [], headersSize: -1, bodySize: 0,
      },
      response: {
        status: 200, statusText: "OK", httpVersion: "HTTP/1.1", cookies: [], headers: [{ name: "Content-Type", value: "application/json" }],
        redirectURL: "", headersSize: -1, bodySize: body.length, content: { size: body.length, mimeType: "application/json", text: body },
      },
    };
    if (!out.write((i > 0 ? "," : "") + JSON.stringify(entry))) await once(out, "drain");
  }
  out.end("]}}");
  await once(out, "finish");
}

const rowCount = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? 1) - 1;

/** Returns the private memory of the process that renders the page, in MB, after garbage collection. */
async function memory(b, page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  const { processInfo } = await (await b.newBrowserCDPSession()).send("SystemInfo.getProcessInfo");
  const sizes = processInfo.filter((p) => p.type === "renderer").map((p) => {
    const rollup = readFileSync(`/proc/${p.id}/smaps_rollup`, "utf8");
    return ["Private_Clean", "Private_Dirty"].reduce((n, k) => n + Number(new RegExp(`^${k}:\\s+(\\d+)`, "m").exec(rollup)[1]), 0) / 1000;
  });
  return { heap: usedSize / 1e6, process: Math.max(...sizes) };
}

test("100,000 flows of 500 operations", { timeout: 400_000 }, async (t) => {
  // With PROGRESS the figures appear as they are measured, not at the end.
  const note = (line) => process.env.PROGRESS ? console.log("       " + line) : t.diagnostic(line);
  const dir = folder(t);
  note(`recording ${flows} flows`);
  const db = join(dir, "flows.db");
  await writeArchive(join(dir, "many.har"));
  await run("import", "--db", db, join(dir, "many.har"));
  const { link } = await servePage(t, db);
  const b = await browser(t, whole);

  const page = await open(t, b, link);
  await page.getByRole("row").nth(5).waitFor();
  const paint = await until(page, () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  note(`first paint after ${Math.round(paint)} ms`);
  const first = await until(page, () => performance.now());
  note(`rows before ${Math.round(first)} ms`);
  await page.getByRole("grid").press("g"); // the first flow, which is not read yet
  await until(page, `(${rowCount})() === ${flows}`, 120_000);
  await until(page, () => document.querySelector("[role=grid]").getAttribute("aria-activedescendant") === "flow-1");
  note(`all rows after ${Math.round(await page.evaluate(() => performance.now()))} ms`);
  await until(page, `document.querySelectorAll(".facet .path-parts").length === ${operations}`, 120_000);
  note(`all operations after ${Math.round(await page.evaluate(() => performance.now()))} ms`);

  // Every frame of a scroll through the list, and what its work is without the wait for the processor.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  // A wheel moves some rows in a frame; the worst case is a list whose rows are all others in each frame.
  const measure = async (how, where, distance) => {
    const before = await work();
    const times = await frames(page, where, distance);
    const after = await work();
    const each = (name) => (after[name] - before[name]) / 240 * 1000;
    note(`${how}: a frame needs ${each("TaskDuration").toFixed(1)} ms of the processor: scripts ${each("ScriptDuration").toFixed(1)}, `
      + `style ${each("RecalcStyleDuration").toFixed(1)}, layout ${each("LayoutDuration").toFixed(1)}`);
    note(`${how}: ${figures(times)}`);
    return each("TaskDuration");
  };
  // What the browser itself needs to paint such rows: a copy of them that nothing changes.
  await page.evaluate(() => {
    const grid = document.querySelector("[role=grid]");
    const still = document.createElement("div");
    still.id = "still";
    still.className = grid.className;
    still.style = "position: absolute; inset: 0; overflow: auto; background: Canvas; z-index: 9";
    const rows = [...grid.querySelectorAll("[role=row][id]")].slice(0, 30);
    for (let i = 0; i < 1200; i++) {
      const row = rows[i % rows.length].cloneNode(true);
      row.removeAttribute("id");
      row.style.position = "static";
      row.style.transform = "none";
      still.append(row);
    }
    grid.parentElement.append(still);
  });
  const least = async (how, where, n) => {
    let out = Infinity;
    for (let i = 0; i < n; i++) out = Math.min(out, await measure(how, where, 120));
    return out;
  };
  const still = await least("a still list", "#still", 3);
  await page.evaluate(() => document.querySelector("#still").remove());
  const live = await least("scrolling", "[role=grid]", 3);
  note(`scrolling: ${(live / still).toFixed(2)} times a still list`);
  assert.ok(live < Number(process.env.MAX_FRAME ?? 1.9) * still, `a frame needs ${live} ms, one of a still list ${still} ms`);
  await measure("jumping", "[role=grid]", 10_833);

  const used = await memory(b, page);
  note(`memory: heap ${used.heap.toFixed(1)} MB, process ${used.process.toFixed(1)} MB`);
  assert.ok(used.process < 150, `${used.process} MB`);

  // The first paint again, with what the browser has kept, as after a reload.
  const limit = Number(process.env.MAX_PAINT ?? 300);
  const paints = [paint];
  for (let i = 0; i < 3 || (i < 12 && Math.min(...paints) >= limit); i++) { // others may have the processor
    await page.reload();
    paints.push(await until(page, () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime));
  }
  note(`first paints: ${paints.map((p) => Math.round(p)).join(", ")} ms`);
  assert.ok(Math.min(...paints) < limit, `first paint after ${paints} ms`);
});
