// Compares one proxy with the page open and without, in short slices that take turns: requests a second, and what of
// the processor the proxy takes for each. Proxy, browser and connections are the same throughout, so that their start
// is in neither; each slice begins once the proxy is idle.
//
// Without RATE the slices go as fast as they can, which compares the rates: they have the work of the browser too, and on
// a busy machine that of others. A request takes more of the processor the fewer there are a second, since they share
// commits; so the processor's time is compared at a RATE that both slices reach.
//
//   node bench/throughput.mjs [PAIRS [REQUESTS [RATE]]]
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { program } from "../test/support.mjs";

const pairs = Math.max(1, Number(process.argv[2] ?? 12));
const requests = Number(process.argv[3] ?? 4000);
const rateOfAll = Number(process.argv[4] ?? 0); // requests a second; 0 for as fast as they can
const connections = 16;
const answer = JSON.stringify({ id: 1, name: "thing", tags: ["a", "b", "c"], text: "x".repeat(200) });
const server = createServer((_, res) => {
  res.setHeader("Content-Type", "application/json");
  res.end(answer);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}`;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const dir = mkdtempSync(join(tmpdir(), "spectap-throughput-"));
const db = join(dir, "flows.db");
const proxy = spawn(program, ["proxy", "--listen", "127.0.0.1:0", "--db", db, "--ca-dir", join(dir, "ca"), "--ui", "--no-open"]);
let printed = "";
const [address, link] = await new Promise((done) => {
  const look = (d) => {
    printed += d;
    const l = /listening on (\S+)\n/.exec(printed), p = /page at (\S+)\n/.exec(printed);
    if (l && p) done([l[1], p[1]]);
  };
  proxy.stdout.on("data", look);
  proxy.stderr.on("data", look);
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
page.setDefaultTimeout(120_000);

/** Returns the time that the proxy had a processor, in microseconds. */
function processor() {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${proxy.pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${proxy.pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1000;
    } catch {
      // the thread has ended
    }
  }
  return sum;
}

/** Waits until the proxy has nothing to do: neither to learn nor to answer the page. */
async function idle() {
  for (let quiet = 0, last = processor(); quiet < 4;) {
    await pause(250);
    const now = processor();
    quiet = now - last < 8000 ? quiet + 1 : 0;
    last = now;
  }
}

/** Opens a connection to the proxy, over which one request goes after the other. */
async function client() {
  const [host, port] = address.split(":");
  const s = connect(Number(port), host);
  s.setNoDelay(true);
  let got, text = "";
  s.on("data", (d) => {
    text += d.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head < 0 || text.length < head + 4 + answer.length) return;
    text = "";
    got();
  });
  await new Promise((done) => s.on("connect", done));
  return {
    get: (path) => new Promise((done, fail) => {
      got = done;
      s.once("error", fail);
      s.write(`GET ${url}${path} HTTP/1.1\r\nHost: x\r\n\r\n`, () => s.removeListener("error", fail));
    }),
    end: () => s.end(),
  };
}
/** Returns the time that the browser had a processor, in microseconds. */
const devtools = await browser.newBrowserCDPSession();
async function browserProcessor() {
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((n, p) => n + p.cpuTime * 1e6, 0);
}

const clients = await Promise.all(Array.from({ length: connections }, client));

async function slice(withPage) {
  if (withPage) {
    await page.goto(link);
    await page.getByText("No traffic yet.").waitFor();
  } else await page.goto("about:blank");
  await idle();
  const browserBefore = await browserProcessor();
  const before = processor(), started = performance.now();
  let next = 0;
  await Promise.all(clients.map(async (c) => {
    while (next < requests) {
      const n = next++;
      const early = rateOfAll > 0 ? n / rateOfAll * 1000 - (performance.now() - started) : 0;
      if (early > 0) await pause(early);
      await c.get("/things/" + n);
    }
  }));
  const rate = requests / (performance.now() - started) * 1000;
  const cpu = (processor() - before) / requests;
  const browserCPU = (await browserProcessor() - browserBefore) / requests;
  if (withPage) { // no flow is missing
    await page.locator(`[role=grid][aria-rowcount="${requests + 1}"]`).waitFor();
    await page.goto("about:blank");
  }
  execFileSync(program, ["flows", "rm", "--all", "--db", db], { stdio: "ignore" });
  return { rate, cpu, browserCPU };
}

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const rates = [], works = [];
for (let i = -1; i < pairs; i++) { // the first pair warms up
  const of = {};
  for (const withPage of i % 2 === 0 ? [false, true] : [true, false]) of[withPage] = await slice(withPage);
  if (i < 0) continue;
  rates.push(of.true.rate / of.false.rate);
  works.push(of.false.cpu / of.true.cpu);
  console.log(`without ${Math.round(of.false.rate)}/s, ${of.false.cpu.toFixed(0)} us each; with ${Math.round(of.true.rate)}/s, ${of.true.cpu.toFixed(0)} us (browser ${of.true.browserCPU.toFixed(0)}): `
    + `rate ${rates.at(-1).toFixed(2)}, processor ${works.at(-1).toFixed(2)}`);
}
const summary = (list) => `${quantile(list, 0.5).toFixed(3)} (the middle half ${quantile(list, 0.25).toFixed(2)} to ${quantile(list, 0.75).toFixed(2)})`;
console.log(`median of ${pairs} pairs: rate ${summary(rates)}, processor ${summary(works)} of that without the page`);

for (const c of clients) c.end();
await browser.close();
proxy.kill("SIGINT");
await new Promise((done) => proxy.on("exit", done));
rmSync(dir, { recursive: true });
server.close();
