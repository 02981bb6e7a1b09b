// Attacks on the page: other origins, foreign names that resolve to loopback, and hostile captures.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, cleanup, eventually, flowShown, folder, open, picture, run, servePage, until, whole } from "./support.mjs";

/** Serves a page of another origin on loopback, and records the headers that it gets. */
async function attacker(t) {
  const seen = [];
  const server = createServer((req, res) => {
    seen.push(req.headers);
    res.setHeader("Content-Type", "text/html");
    res.end("<!doctype html><title>attacker</title><body></body>");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  cleanup(t, () => server.close());
  return { port: server.address().port, seen };
}

const archive = (entries) => JSON.stringify({
  log: {
    version: "1.2", creator: { name: "test", version: "1" },
    entries: entries.map((e, i) => ({
      startedDateTime: new Date(1_790_000_000_000 + i).toISOString(), time: 5, cache: {}, timings: { send: 0, wait: 5, receive: 0 },
      request: {
        method: "GET", url: "https://hostile.example/" + i, httpVersion: "HTTP/1.1", cookies: [], headers: [], queryString: [],
        headersSize: -1, bodySize: 0, ...e.request,
      },
      response: {
        status: 200, statusText: "OK", httpVersion: "HTTP/1.1", cookies: [], headers: [{ name: "Content-Type", value: e.type }, ...(e.headers ?? [])],
        redirectURL: "", headersSize: -1, bodySize: e.text.length, content: { size: e.text.length, mimeType: e.type, text: e.text },
      },
    })),
  },
});

/** Imports an archive and serves its page. */
async function capture(t, entries) {
  const dir = folder(t);
  writeFileSync(join(dir, "capture.har"), archive(entries));
  await run("import", "--db", join(dir, "flows.db"), join(dir, "capture.har"));
  return servePage(t, join(dir, "flows.db"));
}

test("another origin can neither read nor act", async (t) => {
  const { link } = await capture(t, [{ type: "application/json", text: '{"a":1}' }]);
  const evil = await attacker(t);
  const b = await browser(t, whole, ["--host-resolver-rules=MAP rebound.example 127.0.0.1"]);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(1).waitFor();
  await page.getByText("1 flow", { exact: true }).waitFor();
  const { origin, port } = new URL(page.url());
  const base = new URL(page.url()).pathname; // the attacker is even given the secret path

  for (const host of ["127.0.0.1", "localhost"]) {
    const other = await page.context().newPage(); // of the same browser, with its cookies
    await other.goto(`http://${host}:${evil.port}/`);
    const got = await other.evaluate(async ({ origin, base }) => {
      const tried = {};
      const attempt = async (name, f) => { tried[name] = await f().catch((e) => "failed: " + e.name); };
      const call = origin + base + "api/traffic/rows";
      const arg = JSON.stringify({ filter: "", limit: 1 });
      await attempt("json", async () => (await fetch(call, { method: "POST", credentials: "include", body: arg, headers: { "Content-Type": "application/json" } })).text());
      await attempt("text", async () => (await fetch(call, { method: "POST", credentials: "include", body: arg })).text());
      await attempt("blind", async () => (await fetch(call, { method: "POST", credentials: "include", mode: "no-cors", body: arg })).type);
      await attempt("page", async () => (await fetch(origin + base, { credentials: "include" })).text());
      await attempt("events", () => new Promise((done, fail) => {
        const e = new EventSource(origin + base + "api/events?traffic.flows=" + encodeURIComponent('{"filter":""}'), { withCredentials: true });
        e.onopen = () => done("open");
        e.onerror = () => fail(new Error());
      }));
      await attempt("socket", () => new Promise((done, fail) => {
        const s = new WebSocket(origin.replace("http", "ws") + base + "api/events");
        s.onopen = () => done("open");
        s.onerror = () => fail(new Error());
      }));
      await attempt("script", () => new Promise((done, fail) => {
        const s = document.createElement("script");
        s.src = origin + "/assets/page.js";
        s.onload = () => done("loaded");
        s.onerror = () => fail(new Error());
        document.body.append(s);
      }));
      await attempt("frame", () => new Promise((done) => {
        const f = document.createElement("iframe");
        f.src = origin + base;
        f.onload = () => { let inside; try { inside = f.contentDocument?.body?.textContent; } catch { inside = undefined; } done(inside === undefined ? "failed: closed" : "read: " + inside); };
        document.body.append(f);
      }));
      await attempt("window", async () => {
        const w = window.open(origin + base);
        const text = () => { try { return w.document.body.textContent; } catch { return undefined; } };
        while (w !== null && !w.closed && text() === "") await new Promise((r) => setTimeout(r, 20)); // it is still about:blank
        return w === null || w.closed || text() === undefined ? "failed: closed" : "read";
      });
      return tried;
    }, { origin, base });
    for (const [name, result] of Object.entries(got)) {
      if (name === "blind") continue; // its response cannot be read; the server refuses it, see below
      assert.match(String(result), /^failed/, `${host}: ${name}`);
    }
    const form = await page.context().newPage();
    await form.goto(`http://${host}:${evil.port}/`);
    const [response] = await Promise.all([
      form.waitForResponse((r) => r.url().startsWith(origin)),
      form.evaluate(({ origin, base }) => {
        const f = document.createElement("form");
        f.method = "post";
        f.enctype = "text/plain";
        f.action = origin + base + "api/traffic/rows";
        f.innerHTML = `<input name='{"filter":"","limit":1,"x":"' value='"}'>`;
        document.body.append(f);
        f.submit();
      }, { origin, base }),
    ]);
    assert.equal(response.status(), 403);
  }
  for (const headers of evil.seen) assert.equal(headers.cookie, undefined, "another port got the cookie");

  // A foreign name that resolves to loopback.
  const rebound = await page.context().newPage();
  const answer = await rebound.goto(`http://rebound.example:${port}${base}`);
  assert.equal(answer.status(), 403);
  for (const [name, init] of [
    ["api/traffic/rows", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"filter":"","limit":1}' }],
    ["api/approvals/decide", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }],
    ["api/events?traffic.flows=%7B%7D", {}], ["../session", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }],
  ]) {
    const got = await rebound.evaluate(async ([url, init]) => { // of its own origin, as it thinks
      const r = await fetch(url, { credentials: "include", ...init });
      return [r.status, await r.text()];
    }, [new URL(name, `http://rebound.example:${port}${base}`).href, init]);
    assert.deepEqual(got, [403, "this server does not answer to this Host\n"], name);
  }
});

test("a session needs the token", async (t) => {
  const { link } = await capture(t, [{ type: "text/plain", text: "x" }]);
  const b = await browser(t, whole);
  const problems = [];
  const page = await open(t, b, link.replace(/token=.*/, "token=AAAAAAAAAAAAAAAAAAAAAAAAAA"), { problems });
  await page.getByText("This page needs the link").waitFor();
  problems.length = 0; // the refused sign-in is in the console
  await checkAccessibility(page, "no session");
  await page.evaluate((link) => { location.href = link; }, link); // pasted into the same tab
  await page.locator(".traffic").waitFor();
  assert.equal(await page.locator(".bar").count(), 1);
  await page.goto(new URL("/s-aaaaaaaaaaaaaaaaaaaaaaaaaa/#/api", link).href); // of a program that has ended
  await page.getByText("The session of this page has ended").waitFor();
  problems.length = 0;
});

const script = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>";
const bidi = "abc\u202egnp.exe\u2066\u200b\u0000\u001b[31m";

test("a hostile capture is shown as text", async (t) => {
  const { link } = await capture(t, [
    { type: "text/html", text: script, headers: [{ name: "X-" + "A".repeat(200), value: script }, { name: "X-Bidi", value: bidi.replace("\u0000", "") },
      { name: "X-\u001b[31m\u0007\u202eName" + script, value: "x" }, { name: "\u0000\r\nX-Line: 1", value: "a\r\nb" }] },
    { type: "application/json", text: JSON.stringify({ [script]: script, bidi, __proto__x: 1, constructor: { prototype: 2 } }) },
    { type: "image/svg+xml", text: `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>parent.hacked=1</script><image href="https://evil.example/x"/></svg>` },
    { type: "text/event-stream", text: `event: ${script}\ndata: ${script}\n\n` },
    { type: "multipart/form-data; boundary=b", text: `--b\r\nContent-Disposition: form-data; name="${script}"; filename="${script}"\r\nContent-Type: text/html\r\n\r\n${script}\r\n--b--` },
    { type: "application/x-www-form-urlencoded", text: `a=${encodeURIComponent(script)}&${encodeURIComponent(bidi)}=1` },
    { type: "application/xml", text: `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>${script}&x;</a>` },
    { type: 'text/html"><script>', text: "x", request: { url: "https://hostile.example/" + encodeURIComponent(bidi) + "/%22%3E%3Cscript%3E?q=" + encodeURIComponent(script.repeat(3)) } },
    { type: "application/json", text: "[".repeat(200_000) },
    { type: "application/json", text: '{"a":[1,2,' },
  ]);
  const b = await browser(t, whole);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(10).waitFor();
  await picture(page, "hostile-list");
  for (let i = 1; i <= 10; i++) {
    await page.getByRole("row").nth(i).click();
    await flowShown(page, i);
    await page.locator(".content").first().waitFor();
    for (const form of await page.locator(".content-forms").first().getByRole("button").all()) await form.click();
    await page.locator(".content-forms").first().getByRole("button").first().click();
    if (i <= 2) {
      await page.locator(".hidden-char").first().waitFor();
      if (i === 1) await page.locator("th .hidden-char").getByText("U+000A").first().waitFor();
      await picture(page, "hostile-" + i);
    }
    await page.getByRole("tab", { name: "About" }).click();
    await page.getByRole("tab", { name: "Response" }).click();
  }
  await page.getByRole("row").nth(8).click();
  await flowShown(page, 8);
  await page.setViewportSize({ width: 400, height: 800 });
  await checkAccessibility(page, "a flow with a long address"); // whose heading scrolls
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  const foreign = await page.evaluate(() => [...document.querySelectorAll("#page script, #page svg, #page iframe, #page object, #page a[href], #page [onerror], #page [onload]")].length);
  assert.equal(foreign, 0, "elements of the capture are in the page");
});

/**
 * Returns a bound of the longest time in milliseconds that the page was busy with one thing while f ran: how long it did
 * not react, or what it took of the processor between two looks, whichever is less. On a busy machine a page does not
 * react while others have the processor.
 */
async function longestStall(page, f) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value * 1000;
  let most = 0, running = true;
  const looks = (async () => {
    for (let last = await work(); running; ) {
      const now = await work();
      most = Math.max(most, now - last);
      last = now;
    }
  })();
  await page.evaluate(() => {
    window.stall = 0;
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      window.stall = Math.max(window.stall, now - last);
      last = now;
      window.timer = setTimeout(tick, 0);
    };
    tick();
  });
  await f();
  const silent = await page.evaluate(() => { clearTimeout(window.timer); return window.stall; });
  running = false;
  await looks;
  await cdp.detach();
  return Math.min(silent, most);
}

/** Bodies that are small but cost much if they are read or drawn carelessly. */
const costly = [
  { // 10^9 rectangles
    type: "image/svg+xml", text: `<svg xmlns="http://www.w3.org/2000/svg"><defs><rect id="a0" width="9" height="9"/>${Array.from({ length: 9 }, (_, i) =>
      `<g id="a${i + 1}">${`<use href="#a${i}"/>`.repeat(10)}</g>`).join("")}</defs><use href="#a9"/></svg>`,
  },
  { type: "multipart/mixed; boundary=b0", text: Array.from({ length: 8000 }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`).join("") },
  { type: "multipart/form-data; boundary=b", text: `--b\r\nContent-Disposition: form-data; name="${"\\a".repeat(60)}\r\n\r\nv\r\n--b--` },
  { type: "application/xml", text: "<a>" + "<!--".repeat(400_000) },
  { type: "application/xml", text: "<a>" + "<!x".repeat(400_000) },
  { type: "text/html", text: "<a " + "'\"<".repeat(300_000) },
  { type: "application/x-www-form-urlencoded", text: Array.from({ length: 100 }, (_, i) => `k${i}=${"\u200b\u200c".repeat(3000)}`).join("&") },
  { type: "text/plain", text: "x", headers: [{ name: "X-Hidden", value: "\u200b".repeat(200_000) }] },
];

test("small bodies do not freeze the page", async (t) => {
  const { link } = await capture(t, costly);
  const b = await browser(t, whole);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(costly.length).waitFor();
  const limit = Number(process.env.MAX_STALL ?? 1000);
  for (let i = 1; i <= costly.length; i++) {
    const stall = await longestStall(page, async () => {
      await page.getByRole("row").nth(i).click();
      await flowShown(page, i);
      await page.locator(".content").first().waitFor();
    });
    t.diagnostic(`flow ${i}: the page did not react for ${Math.round(stall)} ms at most`);
    assert.ok(stall < limit, `flow ${i}: ${stall} ms`);
  }
  await page.getByText("U+200B ×200000").waitFor();
});

test("an image that never ends does not freeze the page", async (t) => {
  const tall = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="240"><script>top.hacked=1</script><rect width="120" height="240" fill="rgb(200,0,0)"/>`
    + `<image href="https://evil.example/x"/></svg>`;
  const { link } = await capture(t, [costly[0], { type: "image/svg+xml", text: tall }]);
  const b = await browser(t, whole);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(2).waitFor();
  const draw = async (i) => {
    await page.getByRole("row").nth(i).click();
    await flowShown(page, i);
    await page.getByRole("button", { name: "Image", exact: true }).click();
  };
  const stall = await longestStall(page, async () => {
    await draw(1);
    await page.locator("iframe").waitFor();
    await page.getByText("it was ended").waitFor();
  });
  t.diagnostic(`the page did not react for ${Math.round(stall)} ms at most`);
  assert.ok(stall < Number(process.env.MAX_STALL ?? 1000), `${stall} ms`);
  await draw(2);
  await page.getByText("120 × 240").waitFor();
  const shown = await page.frameLocator("iframe").getByRole("img").boundingBox();
  assert.ok(shown.width === 120 && shown.height === 240, JSON.stringify(shown));
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await picture(page, "vector-image");
  await checkAccessibility(page, "a vector image");
});

test("large bodies do not freeze the page", async (t) => {
  const rows = Array.from({ length: 50_000 }, (_, i) => ({ id: i, name: "row " + i, tags: ["a", "b"], price: i / 100 }));
  const { link } = await capture(t, [
    { type: "application/json", text: JSON.stringify(rows) },
    { type: "application/json", text: JSON.stringify(Array.from({ length: 90_000 }, (_, i) => ({ id: i, text: "x".repeat(70), n: { a: i } }))) }, // 10 MB
    { type: "text/plain", text: "y".repeat(10_000_000) },
    { type: "application/xml", text: "<a>" + "<b c='1'>text</b>".repeat(200_000) + "</a>" },
  ]);
  const b = await browser(t, whole);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(4).waitFor();
  const limit = Number(process.env.MAX_STALL ?? 1000);
  for (const [i, done] of [
    [1, () => page.locator(".content-view[aria-busy=false]").waitFor()],
    [2, () => page.locator(".content-view[aria-busy=false]").waitFor()],
    [3, () => page.getByRole("textbox", { name: "Text" }).waitFor()],
    [4, () => page.getByRole("textbox", { name: "Text" }).waitFor()],
  ]) {
    const stall = await longestStall(page, async () => {
      await page.getByRole("row").nth(i).click();
      await flowShown(page, i);
      await done();
    });
    t.diagnostic(`flow ${i}: the page did not react for ${Math.round(stall)} ms at most`);
    assert.ok(stall < limit, `flow ${i}: ${stall} ms`);
    if (i > 2) continue;
    const move = await longestStall(page, async () => {
      await page.getByRole("textbox", { name: "JSON" }).focus();
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowUp"); // the end of the last element
      await page.getByText(i === 1 ? "$[49999]" : "$[89999]", { exact: true }).waitFor();
      await page.keyboard.press("PageUp");
      await page.keyboard.press("Control+f");
      await page.keyboard.type("49999");
      await page.getByText(/^1 \/ \d/).waitFor();
      await page.getByRole("button", { name: "Fold", exact: true }).click();
      await page.locator(".cm-foldPlaceholder").nth(20).waitFor();
      await page.getByRole("button", { name: "Unfold" }).click();
    });
    t.diagnostic(`flow ${i}: search, folding and scrolling stalled for ${Math.round(move)} ms at most`);
    assert.ok(move < limit, `flow ${i}: ${move} ms`);
    await picture(page, "large-" + i);
  }
});

test("an API of thousands of operations does not freeze the page", async (t) => {
  const words = ["account", "basket", "camera", "device", "engine", "folder", "garden", "hammer", "island", "jacket"];
  const methods = ["GET", "PUT", "POST", "PATCH", "DELETE"];
  const entries = [];
  for (const part of ["shop", "admin"]) for (let i = 0; i < 200; i++) for (const method of methods) {
    const noun = words[i % 10] + words[Math.floor(i / 10) % 10] + words[Math.floor(i / 100)];
    entries.push({ type: "application/json", text: '{"ok":true}', request: { method, url: `https://many.example/${part}/${noun}s/${100_000 + i}` } });
  }
  const { link } = await capture(t, entries);
  const b = await browser(t, whole);
  const page = await open(t, b, link);
  await page.getByRole("row").nth(10).waitFor();
  const count = () => page.evaluate(() => Number(/of ([\d,]+) operations/.exec(document.querySelector(".api-state")?.textContent ?? "")?.[1].replace(",", "") ?? 0));
  const limit = Number(process.env.MAX_STALL ?? 1000);
  const steps = {
    "opening": async () => {
      await page.getByRole("tab", { name: "API" }).click();
      await eventually(async () => assert.equal(await count(), entries.length));
    },
    "searching": async () => {
      await page.getByLabel("Search operations").pressSequentially("put shop hammerislandbasket");
      await page.getByText(/^1 of 2,000 operations/).waitFor();
    },
    "an operation": async () => {
      await page.locator(".operation").first().click();
      await page.getByRole("tree", { name: /Response 200/ }).waitFor();
    },
    "the whole list": async () => {
      await page.getByLabel("Search operations").fill("");
      await page.locator("#operations").focus();
      for (let i = 0; i < 20; i++) await page.keyboard.press("j");
    },
    "the document": async () => {
      await page.getByRole("button", { name: "Document" }).click();
      await page.locator(".document .cm-lineNumbers .cm-activeLineGutter").waitFor(); // at the operation that is open
    },
    "the review": async () => {
      await page.getByRole("button", { name: "Review" }).click();
      await page.locator(".api-review li, .api-review [role=alert]").first().waitFor({ timeout: 180_000 }); // the server takes limited time for it
    },
  };
  for (const [name, step] of Object.entries(steps)) {
    const stall = await longestStall(page, step);
    t.diagnostic(`${name}: the page did not react for ${Math.round(stall)} ms at most`);
    assert.ok(stall < limit, `${name}: ${stall} ms`);
    await picture(page, "many-" + name.replaceAll(" ", "-"));
  }
  page.problems.splice(0, page.problems.length, ...page.problems.filter((p) => !p.includes("status of 400"))); // a check that took too long
});
