// Compares the proxy with a page open and without, in turns: requests a second, and what of the processor the proxy
// takes for each. On a busy machine only the second is steady; a page open also takes some for its browser.
//
//   node bench/throughput.mjs [TURNS [REQUESTS]]
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { program } from "../test/support.mjs";

const turns = Number(process.argv[2] ?? 6);
const requests = Number(process.argv[3] ?? 15_000);
const answer = JSON.stringify({ id: 1, name: "thing", tags: ["a", "b", "c"], text: "x".repeat(200) });
const server = createServer((_, res) => {
  res.setHeader("Content-Type", "application/json");
  res.end(answer);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}`;

/** Returns the time that a process had a processor, in milliseconds. */
function processor(pid) {
  const [utime, stime] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ").slice(11, 13).map(Number);
  return (utime + stime) * 10;
}

/** Sends all requests over several connections. */
async function load(host, port) {
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, () => new Promise((done, fail) => {
    const s = connect(Number(port), host);
    let size = 0;
    const send = () => {
      if (next === requests) return s.end(done());
      size = 0;
      s.write(`GET ${url}/things/${next++} HTTP/1.1\r\nHost: x\r\n\r\n`);
    };
    s.on("connect", send);
    s.on("error", fail);
    let head = "";
    s.on("data", (d) => {
      head = size === 0 ? d.toString("latin1") : head + d.toString("latin1");
      size += d.length;
      const end = head.indexOf("\r\n\r\n");
      if (end >= 0 && head.length >= end + 4 + answer.length) send();
    });
  })));
}

async function turn(withPage) {
  const dir = mkdtempSync(join(tmpdir(), "spectap-throughput-"));
  const args = ["proxy", "--listen", "127.0.0.1:0", "--db", join(dir, "flows.db"), "--ca-dir", join(dir, "ca"), "--ui", "--no-open"];
  const proxy = spawn(program, args);
  let text = "";
  const found = await new Promise((done) => {
    const look = (d) => {
      text += d;
      const l = /listening on (\S+)\n/.exec(text), p = /page at (\S+)\n/.exec(text);
      if (l && p) done([l[1], p[1]]);
    };
    proxy.stdout.on("data", look);
    proxy.stderr.on("data", look);
  });
  let browser;
  let page;
  if (withPage) {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    page = await browser.newPage();
    await page.goto(found[1]);
    await page.getByText("No traffic yet.").waitFor();
    await page.waitForTimeout(3000); // the browser has work of its own after its start
  }
  const before = processor(proxy.pid);
  const started = performance.now();
  await load(...found[0].split(":"));
  const rate = requests / (performance.now() - started) * 1000;
  const cpu = (processor(proxy.pid) - before) / requests * 1000; // microseconds
  if (page) await page.locator(`[role=grid][aria-rowcount="${requests + 1}"]`).waitFor({ timeout: 60_000 }); // no flow is missing
  await browser?.close();
  proxy.kill("SIGINT");
  await new Promise((done) => proxy.on("exit", done));
  rmSync(dir, { recursive: true });
  return { rate, cpu };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const rates = [], works = [];
for (let i = 0; i < turns; i++) {
  const order = i % 2 === 0 ? [false, true] : [true, false];
  const of = {};
  for (const withPage of order) of[withPage] = await turn(withPage);
  rates.push(of.true.rate / of.false.rate);
  works.push(of.false.cpu / of.true.cpu);
  console.log(`without ${Math.round(of.false.rate)}/s, ${of.false.cpu.toFixed(0)} us each; with ${Math.round(of.true.rate)}/s, ${of.true.cpu.toFixed(0)} us: `
    + `rate ${rates.at(-1).toFixed(2)}, processor ${works.at(-1).toFixed(2)}`);
}
console.log(`median: rate ${median(rates).toFixed(2)}, processor ${median(works).toFixed(2)} of that without a page`);
server.close();
