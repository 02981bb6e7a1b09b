// The panel Approvals: calls that a real gateway holds are shown, denied and approved.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gateway } from "./gateway.mjs";
import { browser, checkAccessibility, clickAtOnce, counted, folder, open, picture, run, servePage, until } from "./support.mjs";

const har = JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [{
  startedDateTime: "2026-01-02T03:04:05Z", time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
  request: { method: "GET", url: "https://a.example/x", httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
  response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { size: 2, mimeType: "application/json", text: "{}" },
    redirectURL: "", headersSize: -1, bodySize: 2 },
}] } });

test("approvals", async (t) => {
  const dir = folder(t);
  const [db, book] = [join(dir, "flows.db"), join(dir, "approvals.json")];
  writeFileSync(join(dir, "one.har"), har);
  await run("import", "--db", db, join(dir, "one.har"));
  const { link } = await servePage(t, db, "--approvals", book);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "Approvals" }).click();
  await page.getByText("No call waits for you.").waitFor(); // there is no file yet

  const policy = join(dir, "policy.yaml");
  writeFileSync(policy, "version: 1\ntools:\n  list_hosts: {require_approval: true}\n  search_traffic: {require_approval: true}\n");
  const g = gateway(t, ["--policy", policy, "--approvals", book], ["mcp", "--db", db]);
  await g.begin();
  const call = () => g.ask("tools/call", { name: "list_hosts", arguments: {} });

  await t.test("deny", async () => {
    await page.getByRole("tab", { name: "Traffic" }).click();
    const answer = call();
    await page.getByRole("tab", { name: "Approvals 1" }).click(); // announced in any panel
    assert.equal(await page.title(), "(1) spectap");
    await page.getByRole("button", { name: /list_hosts.*says it is “t”/ }).click();
    await page.getByText("require_approval").waitFor();
    await picture(page, "approvals-waiting");
    await checkAccessibility(page, "a held call");
    await page.getByLabel("Note").fill("not <b>today</b>");
    await page.getByRole("button", { name: "Deny" }).click();
    const { result } = await answer;
    assert.equal(result.isError, true);
    assert.match(JSON.stringify(result), /not <b>today<\/b>/);
    await page.getByRole("heading", { name: "Decided" }).waitFor();
  });

  await t.test("approve, by keyboard alone, on a narrow dark page", async (t) => {
    const narrow = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
    await narrow.getByRole("tab", { name: "Traffic" }).press("ArrowRight");
    await narrow.getByRole("tab", { name: "API" }).press("ArrowRight");
    await narrow.getByRole("tab", { name: "Call" }).press("ArrowRight");
    await narrow.getByRole("tab", { name: "Rules" }).press("ArrowRight");
    const answer = g.ask("tools/call", { name: "search_traffic", arguments: { limit: 5 } });
    await narrow.getByRole("heading", { name: "Waiting (1)" }).waitFor();
    await narrow.keyboard.press("j");
    await narrow.getByText("require_approval").waitFor();
    await picture(narrow, "approvals-400-dark");
    await checkAccessibility(narrow, "a held call at 400 pixels");
    await narrow.locator(".verdict .filled:not([aria-disabled=true])").focus(); // shown for long enough
    await narrow.keyboard.press("Enter");
    const { result } = await answer;
    assert.notEqual(result.isError, true, JSON.stringify(result));
    await until(narrow, () => document.querySelector(".approvals-detail .state")?.textContent === "used");
    const report = (await run("approvals", "ls", "--all", "--json", "--approvals", book)).stdout;
    const used = JSON.parse(report).find((h) => h.state === "used");
    assert.equal(used.decisions[0].channel, "page");
    assert.match(used.decisions[0].by, /^user:/);
  });
});

test("a held call does not mislead", async (t) => {
  const dir = folder(t);
  const [db, book, policy] = [join(dir, "flows.db"), join(dir, "approvals.json"), join(dir, "policy.yaml")];
  writeFileSync(join(dir, "one.har"), har);
  await run("import", "--db", db, join(dir, "one.har"));
  writeFileSync(policy, "version: 1\ntools:\n  search_traffic: {require_approval: true}\n");
  const { link } = await servePage(t, db, "--approvals", book);
  const b = await browser(t);
  const g = gateway(t, ["--policy", policy, "--approvals", book], ["mcp", "--db", db]);
  await g.begin();
  const show = async (page) => {
    await page.getByRole("tab", { name: "Approvals" }).click();
    await page.getByRole("button", { name: /search_traffic/ }).first().click();
    await page.getByText("require_approval").waitFor();
  };

  await t.test("what is written from right to left moves nothing", async () => {
    void g.ask("tools/call", { name: "search_traffic", arguments: { q: "pay \u05d0 7101 / 9302 \u05d1 EUR", a: "\u05d0 1 ".repeat(90) + "\u05d0 7103 / 9304 \u05d1" } });
    const page = await open(t, b, link);
    await show(page);
    await picture(page, "approvals-right-to-left");
    for (const [before, after] of [["7101", "9302"], ["7103", "9304"]]) {
      const [x, y] = await page.locator(".approvals-detail pre").evaluate((pre, parts) => parts.map((part) => {
        const walk = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
        for (let n; (n = walk.nextNode()); ) {
          const at = n.data.lastIndexOf(part);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(n, at);
          range.setEnd(n, at + part.length);
          const box = range.getBoundingClientRect();
          return box.top * 10_000 + box.left;
        }
        throw new Error(`no ${part}`);
      }), [before, after]);
      assert.ok(x < y, `${before} is behind ${after}`);
    }
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("heading", { name: "Decided" }).waitFor();
  });

  await t.test("the second half of a double click decides nothing", async () => {
    const answer = g.ask("tools/call", { name: "search_traffic", arguments: {} });
    const page = await open(t, b, link);
    const decisions = counted(page, "api/approvals/decide");
    const clicked = await clickAtOnce(page, "Approve");
    await show(page);
    await clicked();
    await page.getByRole("button", { name: "Approve", disabled: false }).waitFor(); // a person may have read it
    assert.equal(decisions.length, 0);
    await page.getByRole("button", { name: "Approve" }).click();
    assert.notEqual((await answer).result.isError, true);
  });
});

test("without a file of held calls", async (t) => {
  const dir = folder(t);
  const db = join(dir, "flows.db");
  writeFileSync(join(dir, "one.har"), har);
  await run("import", "--db", db, join(dir, "one.har"));
  const { link } = await servePage(t, db);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "Rules" }).waitFor();
  assert.equal(await page.getByRole("tab", { name: /Approvals|Guard/ }).count(), 0);
  await page.evaluate(() => (location.hash = "#/approvals")); // the address works
  await page.getByText("spectap ui --approvals FILE").waitFor();
  await picture(page, "approvals-none");
  await checkAccessibility(page, "no file");
});
