// The panel Rules: a person holds, edits, answers and fails what passes through a proxy.
import assert from "node:assert/strict";
import { request } from "node:http";
import { join } from "node:path";
import test from "node:test";
import { serveApp } from "./app.mjs";
import { browser, checkAccessibility, folder, open, picture, run, start, until } from "./support.mjs";

test("rules", async (t) => {
  const dir = folder(t);
  const db = join(dir, "flows.db");
  const app = await serveApp(t);
  const proxy = await start(t, ["proxy", "--ui", "--no-open", "--db", db, "--ca-dir", join(dir, "ca"), "--listen", "127.0.0.1:0"],
    [/listening on (\S+)/, /page at (\S+)/]);
  const [address, link] = proxy.found;
  const send = (method, path, body = "") => new Promise((done) => {
    const [host, port] = address.split(":");
    const r = request({ host, port, method, path: app + path, headers: { "Content-Type": "application/json", Authorization: "Bearer tok-4f9a8e7d6c5b4a39" } }, (res) => {
      let text = "";
      res.on("data", (d) => (text += d)).on("end", () => done({ status: res.statusCode, text }));
    });
    r.on("error", () => done({ status: 0, text: "" }));
    r.end(body);
  });
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "Rules" }).click();
  await page.getByText("There are none: traffic passes as it is.").waitFor();
  const form = page.getByRole("form", { name: "Add a rule" });

  await t.test("what is held is announced, edited and sent", async () => {
    await form.getByLabel("For requests that match").fill("methd:POST");
    await form.getByRole("button", { name: "Add" }).click();
    await form.getByRole("alert").waitFor(); // a mistake is explained, and nothing is lost
    page.problems.length = 0; // the browser reports the refused call
    await form.getByLabel("For requests that match").fill("method:POST");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByText("hold the request").waitFor();
    await page.getByRole("tab", { name: "Traffic" }).click();
    const answer = send("POST", "/api/notes", '{"text":"tea"}');
    await page.getByRole("tab", { name: "Rules 1" }).click();
    assert.equal(await page.title(), "(1) spectap");
    await page.keyboard.press("j");
    const text = page.getByLabel("Message", { exact: true });
    await text.waitFor();
    const was = await text.inputValue();
    assert.match(was, /^POST \/api\/notes\n/);
    assert.ok(!was.includes("tok-4f9a"), was);
    await text.fill(was.replace("tea", "coffee"));
    await picture(page, "rules-held");
    await checkAccessibility(page, "a held message");
    await page.locator("button.filled:not([aria-disabled=true])", { hasText: "Send edited" }).click();
    assert.match((await answer).text, /"text":"coffee"/);
    await until(page, () => document.title === "spectap");
  });

  await t.test("other actions apply at once, and all are off with one key", async () => {
    await form.getByLabel("For requests that match").fill("path:/api/down");
    await form.getByLabel(/^Do/).selectOption({ label: "answer instead of the server" });
    await form.getByLabel(/^Status/).fill("503");
    await form.getByLabel("Text of the body").fill('{"error":"down"}');
    await picture(page, "rules-add");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByText("answer 503 with 16 bytes of text").waitFor();
    assert.deepEqual(await send("GET", "/api/down"), { status: 503, text: '{"error":"down"}' });
    await page.getByText("matched 1×").last().waitFor();
    await page.getByRole("heading", { name: "Rules" }).click(); // out of the field
    await page.keyboard.press("o");
    await page.getByText("All rules are off").waitFor();
    assert.equal((await send("GET", "/api/down")).status, 404);
  });

  await t.test("the flows are marked, at 400 pixels in the dark", async (t) => {
    const narrow = await open(t, b, (await start(t, ["ui", "--no-open", "--db", db], [/page at (\S+)/])).found[0], { width: 400, height: 800, colorScheme: "dark" });
    await narrow.getByRole("tab", { name: "Rules" }).click();
    await narrow.getByText("hold the request").waitFor();
    await picture(narrow, "rules-400-dark");
    await checkAccessibility(narrow, "rules at 400 pixels");
    await narrow.getByRole("link", { name: "hold-1" }).click();
    await narrow.getByRole("row").filter({ hasText: "rule" }).first().click();
    await narrow.getByText("no document learns from it").waitFor();
    await picture(narrow, "rules-flow-400-dark");
    const { stdout } = await run("export", "--db", db).catch((e) => e);
    assert.ok(!stdout.includes("/api/notes:"), stdout);
  });
});
