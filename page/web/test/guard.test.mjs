// The panel Guard: grants, pins and the audit of a real gateway are shown, and decided on.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gateway } from "./gateway.mjs";
import { browser, checkAccessibility, clickAtOnce, counted, folder, open, picture, run, servePage } from "./support.mjs";

const har = JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [{
  startedDateTime: "2026-01-02T03:04:05Z", time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
  request: { method: "GET", url: "https://a.example/x", httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
  response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { size: 2, mimeType: "application/json", text: "{}" },
    redirectURL: "", headersSize: -1, bodySize: 2 },
}] } });

test("guard", async (t) => {
  const dir = folder(t);
  const at = (name) => join(dir, name);
  const [db, grants, pins, audit] = [at("flows.db"), at("grants.json"), at("pins.json"), at("audit.jsonl")];
  writeFileSync(at("one.har"), har);
  await run("import", "--db", db, at("one.har"));
  writeFileSync(at("policy.yaml"), "version: 1\ntools:\n  list_hosts: {}\n  clear_traffic: {}\n");
  const flags = ["--policy", at("policy.yaml"), "--pins", pins, "--audit", audit];
  const { link } = await servePage(t, db, "--grants", grants, "--pins", pins, "--audit", audit);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "Guard" }).click();
  await page.getByText("There are no grants.").waitFor(); // there is no file yet
  await page.getByRole("tab", { name: "Pins" }).click();
  await page.getByText("Nothing was pinned yet.").waitFor();

  const first = gateway(t, flags, ["mcp", "--db", db], at("server.sh"));
  await first.begin();
  await first.ask("tools/list", {});
  await first.ask("tools/call", { name: "list_hosts", arguments: {} });
  await first.ask("tools/call", { name: "search_traffic", arguments: { query: "<b>" } }); // which the policy denies
  await first.end();
  const second = gateway(t, flags, ["mcp", "--db", db, "--allow", "clear"], at("server.sh")); // with another tool
  await second.begin();
  await second.ask("tools/list", {});

  await t.test("pins, by mouse", async () => {
    await page.getByRole("tab", { name: /Pins \(\d+ waiting\)/ }).waitFor();
    const decisions = counted(page, "api/guard/decide");
    const clicked = await clickAtOnce(page, "Accept");
    await page.getByRole("button", { name: /clear_traffic new/ }).click();
    await clicked();
    const detail = page.getByRole("region", { name: "Definition" });
    await detail.getByText("What waits").waitFor();
    await picture(page, "guard-pin");
    await checkAccessibility(page, "a pin that waits");
    await detail.getByRole("button", { name: "Accept", disabled: false }).waitFor();
    assert.equal(decisions.length, 0, "the second half of a double click decides");
    const before = await second.ask("tools/call", { name: "clear_traffic", arguments: {} });
    assert.ok(before.error ?? before.result.isError, JSON.stringify(before));
    await detail.getByRole("button", { name: "Accept" }).click();
    await page.getByRole("button", { name: /clear_traffic accepted/ }).waitFor();
    await page.getByRole("button", { name: /^server changed/ }).click();
    await detail.getByText("What differs").waitFor();
    await picture(page, "guard-pin-changed");
    await checkAccessibility(page, "a pin that has changed");
    await detail.getByRole("button", { name: "Accept" }).click();
    await page.getByRole("button", { name: /^server accepted/ }).waitFor();
    const { result } = await second.ask("tools/call", { name: "clear_traffic", arguments: {} });
    assert.match(JSON.stringify(result), /ask the user/, "the call reaches the server, which holds it");
    assert.match(readFileSync(pins, "utf8"), /user:/);
  });

  await t.test("what changed since it was shown is not decided", async () => {
    const call = (name, arg) => page.evaluate(async ([name, arg]) => {
      const r = await fetch("api/guard/" + name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(arg) });
      return { status: r.status, body: await r.json() };
    }, [name, arg]);
    await run("grant", "add", "--grants", grants, "ci", "--tools", "read_*", "--expires", "30d");
    await run("grant", "add", "--grants", grants, "anna");
    for (const [name, arg] of [
      ["revoke", { name: "ci", version: "other" }], ["decide", { ref: "x", hash: "0", accept: true }],
    ]) assert.notEqual((await call(name, arg)).status, 200, name);
    assert.match((await run("grant", "ls", "--grants", grants)).stdout, /ci/);
    page.problems.length = 0; // Chromium notes the refusals
  });

  await t.test("grants, by keyboard alone, on a narrow dark page", async (t) => {
    const narrow = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
    await narrow.getByRole("row").first().waitFor();
    await narrow.keyboard.press("5");
    await narrow.getByRole("button", { name: "Revoke ci" }).waitFor();
    await picture(narrow, "guard-grants-400-dark");
    await checkAccessibility(narrow, "grants at 400 pixels");
    assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    await narrow.getByRole("button", { name: "Revoke ci" }).focus();
    await narrow.keyboard.press("Enter");
    await narrow.getByRole("dialog").getByText("ci").waitFor();
    await picture(narrow, "guard-revoke-400-dark");
    await checkAccessibility(narrow, "the question");
    await narrow.getByRole("dialog").getByRole("button", { name: "Revoke" }).focus();
    await narrow.keyboard.press("Enter");
    await narrow.getByRole("button", { name: "Revoke ci" }).waitFor({ state: "detached" });
    assert.doesNotMatch((await run("grant", "ls", "--grants", grants)).stdout, /^ci/m);
    await narrow.keyboard.press("l");
    await narrow.getByRole("button", { name: /clear_traffic/ }).waitFor();
    await picture(narrow, "guard-pins-400-dark");
    await checkAccessibility(narrow, "pins at 400 pixels");
  });

  await t.test("audit", async () => {
    await page.getByRole("tab", { name: "Audit" }).click();
    await page.getByRole("cell", { name: /search_traffic/ }).first().waitFor();
    await page.getByRole("searchbox", { name: "Filter records" }).fill("verdict:deny search");
    await page.keyboard.press("Enter");
    await page.getByText(/^1 of \d+ records/).waitFor();
    await picture(page, "guard-audit");
    await checkAccessibility(page, "the audit");
    await page.getByRole("cell", { name: /search_traffic/ }).first().locator("..").getByRole("button").click();
    await page.getByRole("dialog").getByText('"search_traffic"').waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("searchbox", { name: "Filter records" }).fill("nope:1");
    await page.keyboard.press("Enter");
    await page.getByText('"nope" is no field').waitFor();
    await page.getByRole("searchbox", { name: "Filter records" }).fill("");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("The chain is intact:").waitFor();
    await second.end();
    const lines = readFileSync(audit, "utf8").split("\n");
    writeFileSync(audit, lines.map((l) => l.replace('"decision":"deny"', '"decision":"allow"')).join("\n"));
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByRole("alert").waitFor();
    await picture(page, "guard-audit-broken");
    await checkAccessibility(page, "a broken audit");
  });
});

test("without files", async (t) => {
  const dir = folder(t);
  const db = join(dir, "flows.db");
  writeFileSync(join(dir, "one.har"), har);
  await run("import", "--db", db, join(dir, "one.har"));
  const { link } = await servePage(t, db);
  const page = await open(t, await browser(t), link);
  await page.getByRole("tab", { name: "Rules" }).waitFor();
  await page.evaluate(() => (location.hash = "#/guard")); // there is no tab, and the address works
  for (const [tab, flag] of [["Grants", "--grants"], ["Pins", "--pins"], ["Audit", "--audit"]]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByText(`spectap ui ${flag} FILE`).waitFor();
  }
  await picture(page, "guard-none");
  await checkAccessibility(page, "no files");
});
