// Compares the throughput of the proxy with a page open and without, in turns:
//
//   node bench/throughput.mjs [TURNS [REQUESTS]]
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
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
  if (withPage) {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    const page = await browser.newPage();
    await page.goto(found[1]);
    await page.getByText("No traffic yet.").waitFor();
    await page.waitForTimeout(3000); // the browser has work of its own after its start
  }
  const [host, port] = found[0].split(":");
  const started = performance.now();
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
  const rate = requests / (performance.now() - started) * 1000;
  await browser?.close();
  proxy.kill("SIGINT");
  await new Promise((done) => proxy.on("exit", done));
  rmSync(dir, { recursive: true });
  return rate;
}

const ratios = [];
for (let i = 0; i < turns; i++) {
  const order = i % 2 === 0 ? [false, true] : [true, false];
  const rate = {};
  for (const withPage of order) rate[withPage] = await turn(withPage);
  ratios.push(rate.true / rate.false);
  console.log(`without ${Math.round(rate.false)}/s, with ${Math.round(rate.true)}/s: ${ratios.at(-1).toFixed(2)}`);
}
ratios.sort((a, b) => a - b);
console.log(`median ${ratios[ratios.length >> 1].toFixed(2)}`);
server.close();
