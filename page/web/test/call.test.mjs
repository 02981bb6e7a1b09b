// The panel Call: an operation is called from its form, and a recorded request is sent again with changes, to a real server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { api, token } from "./items.mjs";
import { browser, checkAccessibility, cleanup, eventually, flowShown, open, picture, servePage, until } from "./support.mjs";

test("call", async (t) => {
  const { db, host, seen } = await api(t);
  const { link } = await servePage(t, db);
  const b = await browser(t);

  await t.test("an operation, by mouse", async (t) => {
    const page = await open(t, b, link);
    await page.getByRole("tab", { name: "Call" }).click();
    await page.getByRole("link", { name: /POST \/items/ }).waitFor();
    await picture(page, "call-choice");
    await checkAccessibility(page, "the list of operations");
    await page.getByRole("link", { name: /POST \/items/ }).click();
    await page.getByText("POST /items HTTP/1.1").waitFor();
    await eventually(async () => assert.match(await page.getByLabel("name", { exact: true }).inputValue(), /^item/)); // the newest flow's
    await page.getByLabel("Fill from").selectOption("");
    await page.getByText("POST /items HTTP/1.1").waitFor();
    await picture(page, "call-form-empty");
    await checkAccessibility(page, "an empty form");

    await page.getByLabel("name", { exact: true }).fill("a <b>chair</b> \u202e");
    await page.getByLabel("color", { exact: true }).fill("blue");
    await page.getByLabel("count", { exact: true }).fill("12345678901234567890");
    await page.getByLabel("active", { exact: true }).selectOption("true");
    await page.getByLabel("Send size").check();
    await page.getByLabel("width", { exact: true }).fill("3");
    await page.getByLabel("height", { exact: true }).fill("x");
    await page.getByText("must be a number, not a string").waitFor();
    assert.ok(await page.getByRole("button", { name: /^Send/ }).isDisabled());
    await picture(page, "call-form-wrong");
    await checkAccessibility(page, "a form with a mistake");
    await page.getByLabel("height", { exact: true }).fill("1.50");
    await page.getByLabel("Send note").check();
    await page.getByLabel("note", { exact: true }).selectOption({ label: "null" });
    await page.getByLabel("Send tags").check();
    await page.getByRole("button", { name: "Add to tags" }).click();
    await page.getByLabel("tags 1", { exact: true }).fill("new");
    await page.getByText("POST /items HTTP/1.1").waitFor();
    await page.getByText("may change something").waitFor();
    assert.equal(await page.getByText(token).count(), 0);
    await picture(page, "call-form");
    await checkAccessibility(page, "a form that is filled in");
    assert.deepEqual(seen, [], "a preview sends nothing");

    await page.getByRole("button", { name: "Send POST" }).click();
    await page.locator(".call-answer .detail-head .status").getByText("201").waitFor();
    assert.equal(seen.length, 1);
    assert.equal(seen[0].headers.authorization, `Bearer ${token}`);
    assert.match(seen[0].body, /"count":\s*12345678901234567890/);
    assert.match(seen[0].body, /"height":\s*1\.50/);
    const { name, tags, note, active } = JSON.parse(seen[0].body);
    assert.deepEqual({ name, tags, note, active }, { name: "a <b>chair</b> \u202e", tags: ["new"], note: null, active: true });
    await page.locator(".call-answer .cm-line").first().waitFor();
    await picture(page, "call-answer");
    await checkAccessibility(page, "an answer");

    // Without the credential the API refuses, and JSON takes the place of the form.
    await page.getByLabel("Credential").selectOption("");
    await page.getByRole("button", { name: "JSON", exact: true }).first().click();
    await page.getByLabel("Arguments as JSON").fill(`{"requestBody": {"name": 1}}`);
    await page.getByText(/to correct/).waitFor();
    await checkAccessibility(page, "arguments as JSON");
    await picture(page, "call-json");
    assert.equal(seen.length, 1);
  });

  await t.test("an operation with the values of a flow", async (t) => {
    seen.length = 0;
    const page = await open(t, b, link);
    await page.getByRole("row").nth(1).waitFor();
    await page.locator("#flow-2").click();
    await flowShown(page, 2);
    await page.getByRole("tab", { name: "About" }).click();
    await page.getByRole("link", { name: "Call the operation" }).click();
    await page.getByText("POST /items HTTP/1.1").waitFor();
    for (const [label, value] of [["name", "item 1"], ["color", "green"], ["Fill from", "2"]]) {
      await eventually(async () => assert.equal(await page.getByLabel(label, { exact: label !== "Fill from" }).inputValue(), value));
    }
    await page.getByText("stands for a secret: the ").waitFor(); // where the credential comes from
    assert.equal(await page.getByText(token).count(), 0);
    await picture(page, "call-filled");
    await checkAccessibility(page, "a form with the values of a flow");
    await page.getByLabel("Fill from").selectOption("3");
    await until(page, () => [...document.querySelectorAll("input")].some((e) => e.value === "item 2"));
    await page.locator(".call-preview").getByText("item 2").first().waitFor(); // what is sent is what is shown
    await page.getByRole("button", { name: "Send POST" }).click();
    await page.locator(".call-answer .detail-head .status").getByText("201").waitFor();
    assert.equal(JSON.parse(seen[0].body).name, "item 2");
    assert.equal(seen[0].headers.authorization, `Bearer ${token}`);
    await page.getByLabel("Fill from").selectOption("");
    await until(page, () => ![...document.querySelectorAll("input")].some((e) => e.value === "item 2"));
  });

  await t.test("a flow with changes, by keyboard alone, on a narrow dark page", async (t) => {
    seen.length = 0;
    const page = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
    await page.getByRole("row").nth(1).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("query:sort");
    await page.keyboard.press("Enter");
    await until(page, () => document.querySelectorAll(".traffic [role=row]").length === 2);
    await page.locator(".traffic [role=grid]").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator(".detail").waitFor();
    await page.keyboard.press("r");
    await page.getByLabel("Path and query").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("/items?page=9&sort=x");
    await page.getByText("GET /items?page=9&sort=x HTTP/1.1").waitFor();
    await picture(page, "call-flow-400-dark");
    await checkAccessibility(page, "a flow with changes at 400 pixels");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    await page.keyboard.press("Control+Enter");
    await page.locator(".call-answer .detail-head .status").getByText("200").waitFor();
    assert.equal(seen.length, 1);
    assert.equal(seen[0].url, "/items?page=9&sort=x");
    assert.equal(seen[0].headers.authorization, `Bearer ${token}`);
    await picture(page, "call-flow-answer-400-dark");
    await page.getByRole("button", { name: /Compare with flow/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("$.url").waitFor();
    await page.getByRole("dialog").getByText("Hidden, and equal:").waitFor();
    await picture(page, "call-compare-400-dark");
    await page.keyboard.press("Escape");

    // What was sent is listed, and the host that was looked at is kept.
    await page.getByRole("tab", { name: "Traffic" }).click();
    await page.getByRole("tab", { name: "Call" }).click();
    await page.getByText(/Sent before \(\d+\)/).click();
    await picture(page, "call-history-400-dark");
    await checkAccessibility(page, "what was sent before");
    assert.match(await page.evaluate(() => location.hash), /call\/op\//);
    await page.getByRole("link", { name: /page=9/ }).click();

    // A placeholder that moves is refused, and nothing is sent.
    const value = await eventually(async () => {
      const v = await page.getByLabel("Value of Authorization").inputValue();
      assert.match(v, /^Bearer \[redacted:/);
      return v;
    });
    await page.getByLabel("Path and query").fill("/items?x=" + value.slice(7));
    await page.getByText("is restored only under its own name").waitFor();
    assert.ok(await page.getByRole("button", { name: /^Send/ }).isDisabled());
    assert.equal(seen.length, 1);
  });

  await t.test("what is sent is what was shown", async (t) => {
    seen.length = 0;
    const page = await open(t, b, link);
    await page.getByRole("row").nth(1).waitFor();
    const call = (name, arg) => page.evaluate(async ([name, arg]) => {
      const r = await fetch("api/call/" + name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(arg) });
      return { status: r.status, body: await r.json() };
    }, [name, arg]);
    const operation = { host, method: "POST", path: "/items" };
    const form = (await call("form", operation)).body;
    assert.ok(form.credentials.length > 0);
    assert.ok(!JSON.stringify(form).includes(token));
    const args = (name) => JSON.stringify({ requestBody: { name, color: "red", count: 1, note: null, tags: [], size: { width: 1, height: 1 }, active: true } });
    const request = (name) => ({ operation, arguments: args(name), credential: form.credentials[0].id });
    const shown = await call("prepare", { ...request("one") });
    assert.deepEqual(shown.body.problems, []);
    page.problems.length = 0;
    for (const [what, digest, r] of [
      ["no digest", "", request("one")], ["another digest", "0".repeat(64), request("one")], ["other arguments", shown.body.digest, request("two")],
      ["no credential", shown.body.digest, { ...request("one"), credential: "" }],
      ["another operation", shown.body.digest, { ...request("one"), operation: { ...operation, method: "GET" } }],
    ]) {
      const refused = await call("send", { request: r, digest });
      assert.equal(refused.status, 400, what);
      assert.match(refused.body.message, /nothing was sent/, what);
    }
    assert.deepEqual(seen, []);
    page.problems.length = 0; // Chromium notes the refusals
    assert.equal((await call("send", { request: request("one"), digest: shown.body.digest })).status, 200);
    assert.equal(seen.length, 1);
  });

  await t.test("a page of another origin sends nothing", async (t) => {
    seen.length = 0;
    const page = await open(t, b, link);
    await page.getByRole("row").nth(1).waitFor();
    const base = page.url().replace(/#.*/, "");
    const arg = JSON.stringify({ seq: 15, draft: { method: "GET", target: "/items?evil=1", headers: [], body: "" } });
    const evil = createServer((_, res) => res.setHeader("Content-Type", "text/html").end("<!doctype html><title>other</title>"));
    await new Promise((done) => evil.listen(0, "127.0.0.1", done));
    cleanup(t, () => evil.close());
    const other = await page.context().newPage(); // of the same browser, with its cookies, and even the secret path
    await other.goto(`http://127.0.0.1:${evil.address().port}/`);
    const got = await other.evaluate(async ([base, arg]) => {
      const out = [];
      for (const name of ["prepare", "send"]) {
        for (const init of [{ headers: { "Content-Type": "application/json" } }, { mode: "no-cors" }, {}]) {
          const r = await fetch(base + "api/call/" + name, { method: "POST", credentials: "include", body: arg, ...init }).catch(() => undefined);
          out.push(r?.type === "opaque" || r === undefined ? "" : await r.text());
        }
      }
      return out;
    }, [base, arg]);
    assert.deepEqual(got, ["", "", "", "", "", ""]);
    assert.deepEqual(seen, []);
    await other.close();
  });
});
