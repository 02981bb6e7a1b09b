// Traffic as it is recorded: streams, many flows at once, and a page that was away.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { echoSockets } from "./socket.mjs";
import { browser, checkAccessibility, cleanup, folder, open, picture, start, until } from "./support.mjs";

/** Serves JSON at /n/…, half of an answer at /cut, events at /events, and a WebSocket that echoes at /socket. */
async function upstream(t) {
  const streams = [];
  const server = createServer((req, res) => {
    if (req.url === "/cut") {
      res.writeHead(200, { "Content-Type": "text/plain", "Content-Length": 1000 });
      res.write("x".repeat(100), () => res.destroy());
      return;
    }
    if (req.url !== "/events") {
      res.setHeader("Content-Type", "application/json");
      res.end(`{"url":${JSON.stringify(req.url)}}`);
      return;
    }
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    res.write("data: first\n\n");
    streams.push(res);
  });
  echoSockets(server);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  cleanup(t, () => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}`, streams };
}

/** Sends requests over connections to the proxy, several at once, and waits for the responses. */
async function load(proxy, url, total, connections = 8) {
  const { hostname, port } = new URL(proxy);
  let next = 0;
  await Promise.all(Array.from({ length: connections }, () => new Promise((done, fail) => {
    const s = connect(Number(port), hostname);
    let buffered = "";
    const send = () => {
      if (next === total) return s.end(done());
      s.write(`GET ${url}/n/${next++} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
    };
    s.on("connect", send);
    s.on("error", fail);
    s.on("data", (d) => {
      buffered += d.toString("latin1");
      const head = buffered.indexOf("\r\n\r\n");
      const length = /content-length: (\d+)/i.exec(buffered);
      if (head < 0 || !length || buffered.length < head + 4 + Number(length[1])) return;
      buffered = buffered.slice(head + 4 + Number(length[1]));
      send();
    });
  })));
}

async function record(t) {
  const dir = folder(t);
  const p = await start(t, ["proxy", "--ui", "--no-open", "--listen", "127.0.0.1:0", "--db", join(dir, "flows.db"), "--ca-dir", join(dir, "ca")],
    [/listening on (\S+)/, /page at (\S+)/]);
  return { proxy: "http://" + p.found[0], link: p.found[1] };
}

const paths = () => [...document.querySelectorAll(".c-path")].map((e) => e.textContent);

test("messages and events appear while their connections are open", async (t) => {
  const up = await upstream(t);
  const { proxy, link } = await record(t);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByText("No traffic yet.").waitFor();
  await page.getByText(`curl --cacert`).getByText(`-x ${proxy} https`).waitFor();
  await page.getByRole("link", { name: /^How to set up/ }).and(page.locator(`[href="${proxy}/"]`)).waitFor();
  await checkAccessibility(page, "no traffic");
  await picture(page, "first-steps");

  const app = await b.newContext({ proxy: { server: proxy, bypass: "<-loopback>" } });
  app.setDefaultTimeout(90_000);
  const client = await app.newPage();
  await client.goto(up.url + "/n/app");
  await client.evaluate(() => {
    window.socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
    window.source = new EventSource("/events");
    return new Promise((done) => (window.socket.onopen = done));
  });
  await until(page, `(${paths})().includes("/socket") && (${paths})().includes("/events")`);

  await page.getByRole("row").filter({ hasText: "/socket" }).click();
  await page.getByRole("tab", { name: /^Messages/ }).waitFor();
  for (const text of ["hello", "again", "third"]) {
    await client.evaluate((m) => window.socket.send(m), text);
    await page.getByRole("option").filter({ hasText: text }).nth(1).waitFor(); // and its echo
  }
  await client.evaluate(() => window.socket.send('{"password":"q7#Vt!2mZpL9"}'));
  await page.getByRole("option").filter({ hasText: "password" }).nth(1).click();
  assert.equal(await page.getByText("q7#Vt!2mZpL9").count(), 0);
  await page.getByRole("button", { name: "Reveal secrets" }).click();
  await page.locator(".sequence-item").getByText("q7#Vt!2mZpL9").waitFor();
  await page.getByRole("button", { name: "Hide secrets" }).click();
  await page.getByText("q7#Vt!2mZpL9").waitFor({ state: "detached" });
  await picture(page, "websocket");

  await page.getByRole("row").filter({ hasText: "/events" }).click();
  await page.getByRole("option").filter({ hasText: "first" }).waitFor();
  for (const text of ["second", "third"]) {
    up.streams[0].write(`event: news\ndata: {"text":"${text}"}\n\n`);
    await page.getByRole("option").filter({ hasText: text }).waitFor();
  }
  await picture(page, "events");

  // A stream that the browser closes has ended well, and an answer that the server cuts has not.
  await client.evaluate(() => window.source.close());
  await page.getByText("ended by the client").waitFor();
  assert.equal(await page.locator(".detail-head .status").textContent(), "200");
  await client.evaluate(() => fetch("/cut").then((r) => r.text()).catch(() => {}));
  await page.getByRole("row").filter({ hasText: "/cut" }).click();
  await page.getByRole("heading", { name: "Body cut off after 100 B of 1.0 kB" }).waitFor();
  assert.equal(await page.locator(".detail-head .status").textContent(), "200 ✗");
  await picture(page, "cut-off");
  await page.keyboard.press("Escape");
  await page.locator(".strip-legend").getByText("1xx").waitFor();
});

test("no flow is missing", async (t) => {
  const up = await upstream(t);
  const { proxy, link } = await record(t);
  const b = await browser(t);
  const page = await open(t, b, link);
  const total = Number(process.env.FLOWS ?? 20_000);
  const started = Date.now();
  await load(proxy, up.url, total);
  const took = Date.now() - started;
  t.diagnostic(`${Math.round(total / took * 1000)} flows per second`);
  await until(page, `document.querySelector("[role=grid]").getAttribute("aria-rowcount") === "${total + 1}"`);
  t.diagnostic(`the last row came ${Date.now() - started - took} ms later`);

  // A page that was hidden, or whose connection broke, continues where it was.
  await page.context().setOffline(true);
  await load(proxy, up.url, 500);
  await page.context().setOffline(false);
  await until(page, `document.querySelector("[role=grid]").getAttribute("aria-rowcount") === "${total + 501}"`);
  page.problems.length = 0; // the broken connection is in the console
});
