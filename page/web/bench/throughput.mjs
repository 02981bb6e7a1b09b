// Compares one proxy with the page open and without, in slices that take turns: requests a second, and what the proxy
// and the browser take of the processor. Proxy, browser and connections are the same throughout, so that their start is
// in no slice; each slice begins once the proxy is idle.
//
// Without RATE the slices go as fast as they can, which compares the rates: they have the work of the browser too, and on
// a busy machine that of others. A request takes more of the processor the fewer there are a second, since they share
// commits; so the processor's time is compared at a RATE that both slices reach.
//
//   node bench/throughput.mjs [PAIRS [SECONDS [RATE]]]
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { program } from "../test/support.mjs";
import { atEnd, end, onFailure, say, step } from "./limit.mjs";

const pairs = Math.max(1, Number(process.argv[2] ?? 6));
const seconds = Number(process.argv[3] ?? 2);
const rateOfAll = Number(process.argv[4] ?? 0); // requests a second; 0 for as fast as they can
const connections = 16;
const answer = JSON.stringify({ id: 1, name: "thing", tags: ["a", "b", "c"], text: "x".repeat(200) });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const server = createServer((_, res) => {
  res.setHeader("Content-Type", "application/json");
  res.end(answer);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}`;

const dir = mkdtempSync(join(tmpdir(), "spectap-throughput-"));
atEnd(() => rmSync(dir, { recursive: true, force: true }));
const db = join(dir, "flows.db");
const { proxy, address, link } = await step("start the proxy", 30, () => new Promise((done, fail) => {
  const args = ["proxy", "--listen", "127.0.0.1:0", "--db", db, "--ca-dir", join(dir, "ca"), "--ui", "--no-open"];
  const proxy = spawn(program, args);
  const ended = new Promise((gone) => proxy.on("exit", gone));
  atEnd(() => {
    proxy.kill("SIGINT");
    setTimeout(() => proxy.kill("SIGKILL"), 5000).unref();
    return ended;
  });
  let printed = "";
  const look = (d) => {
    printed += d;
    const l = /listening on (\S+)\n/.exec(printed), p = /page at (\S+)\n/.exec(printed);
    if (l && p) done({ proxy, address: l[1], link: p[1] });
  };
  proxy.stdout.on("data", look);
  proxy.stderr.on("data", look);
  proxy.on("error", fail);
  proxy.on("exit", (status) => fail(new Error(`it ended with ${status}:\n${printed}`)));
}));
const browser = await step("start the browser", 60, () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] }));
atEnd(() => browser.close());
const page = await step("open a tab", 30, () => browser.newPage());
page.setDefaultTimeout(0); // steps have deadlines
onFailure(async () => console.error("bench: the page shows: " + (await page.evaluate(() => document.body.innerText)).slice(0, 600)));
const devtools = await browser.newBrowserCDPSession();

/** Returns the time that the proxy had a processor, in milliseconds. */
function processor() {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${proxy.pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${proxy.pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6;
    } catch {
      // the thread has ended
    }
  }
  return sum;
}

/** Returns the time that the browser had a processor, in milliseconds. */
async function browserProcessor() {
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((n, p) => n + p.cpuTime * 1000, 0);
}

/** Waits until the proxy has nothing to do: neither to learn nor to answer the page. */
async function idle() {
  for (let quiet = 0, last = processor(); quiet < 4;) {
    await pause(250);
    const now = processor();
    quiet = now - last < 8 ? quiet + 1 : 0;
    last = now;
  }
}

/** Opens a connection to the proxy, over which one request goes after the other. */
async function client() {
  const [host, port] = address.split(":");
  const s = connect(Number(port), host);
  s.setNoDelay(true);
  let got, failed = () => {}, text = "";
  s.on("error", (e) => failed(e));
  s.on("close", () => failed(new Error("the proxy closed a connection")));
  s.on("data", (d) => {
    text += d.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head < 0 || text.length < head + 4 + answer.length) return;
    text = "";
    got();
  });
  await new Promise((done, fail) => {
    failed = fail;
    s.on("connect", done);
  });
  return (path) => new Promise((done, fail) => {
    got = done;
    failed = fail;
    s.write(`GET ${url}${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
}
const clients = await step("connect to the proxy", 10, () => Promise.all(Array.from({ length: connections }, client)));

/** Sends requests for as long as a slice lasts. Returns their number and the seconds that they took. */
async function send() {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let next = 0;
  await Promise.all(clients.map(async (get) => {
    while (elapsed() < seconds * 1000) {
      const n = next++;
      const early = rateOfAll > 0 ? n / rateOfAll * 1000 - elapsed() : 0;
      if (early > 0) await pause(early);
      await get("/things/" + n);
    }
  }));
  return { requests: next, took: elapsed() / 1000 };
}

async function slice(withPage) {
  const named = `slice ${withPage ? "with" : "without"} the page: `;
  await step(named + "open it", 60, async () => {
    await page.goto(withPage ? link : "about:blank");
    if (withPage) await page.getByText("No traffic yet.").waitFor();
  });
  await step(named + "wait until the proxy is idle", 60, idle);
  const browserBefore = await browserProcessor(), before = processor();
  const { requests, took } = await step(named + "send requests", seconds + 30, send);
  const out = { rate: requests / took, each: (processor() - before) * 1000 / requests, browser: (await browserProcessor() - browserBefore) / took };
  if (withPage) {
    const rows = page.locator(`[role=grid][aria-rowcount="${requests + 1}"]`);
    await step(`${named}show all ${requests} flows`, 60, () => rows.waitFor());
  }
  await step(named + "close it", 30, () => page.goto("about:blank"));
  await step(named + "remove the flows", 60, () => promisify(execFile)(program, ["flows", "rm", "--all", "--db", db]));
  return out;
}

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const summary = (list) => `${quantile(list, 0.5).toFixed(3)} (middle half ${quantile(list, 0.25).toFixed(2)} to ${quantile(list, 0.75).toFixed(2)})`;
const rates = [], works = [], browsers = [];
say(`${pairs} pairs of slices of ${seconds} s ${rateOfAll ? `at ${rateOfAll} requests/s` : "as fast as they can"}, after one that warms up`);
for (let i = -1; i < pairs; i++) {
  const of = {};
  for (const withPage of i % 2 === 0 ? [false, true] : [true, false]) of[withPage] = await slice(withPage);
  if (i < 0) continue;
  rates.push(of.true.rate / of.false.rate);
  works.push(of.false.each / of.true.each);
  browsers.push(of.true.browser);
  say(`without ${Math.round(of.false.rate)}/s, ${of.false.each.toFixed(0)} us each; with ${Math.round(of.true.rate)}/s, ${of.true.each.toFixed(0)} us each, `
    + `browser ${of.true.browser.toFixed(0)} ms/s: rate ${rates.at(-1).toFixed(2)}, processor of the proxy ${works.at(-1).toFixed(2)}`);
}
say(`median of ${pairs} pairs: rate ${summary(rates)}, processor of the proxy ${summary(works)} of that without the page; `
  + `browser ${quantile(browsers, 0.5).toFixed(0)} ms of the processor a second`);
await end(0);
