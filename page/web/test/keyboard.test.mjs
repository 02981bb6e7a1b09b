// A session without a mouse: every step is a key press, and nothing is focused or filled in by the test.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gateway } from "./gateway.mjs";
import { api, token } from "./items.mjs";
import { browser, cleanup, eventually, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

/** Moves the focus forward, or back, until it is at an element. */
async function tabTo(page, selector, key = "Tab") {
  await until(page, `document.querySelector(${JSON.stringify(selector + ":not(:disabled)")}) !== null`);
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the focus never came to ${selector}`);
}

test("everything by keyboard alone", async (t) => {
  const { db, seen } = await api(t);
  const id = /\/items\/\{(\w+)\}/.exec((await run("export", "--db", db)).stdout)[1]; // the parameter of the path
  const dir = folder(t);
  const book = join(dir, "approvals.json");
  const { link } = await servePage(t, db, "--approvals", book);
  const page = await open(t, await browser(t), link);
  cleanup(t, () => picture(page, "keyboard-end"));
  const key = async (...keys) => { for (const k of keys) await page.keyboard.press(k); };
  const type = (text) => page.keyboard.type(text);
  const rows = (n) => until(page, `document.querySelector(".traffic [role=grid]")?.getAttribute("aria-rowcount") === "${n + 1}"`);

  // Filter, and open a flow.
  await rows(17);
  await key("/");
  await type("method:GET query:page");
  await key("Enter");
  await rows(2);
  await key("Escape", "j", "k", "Enter");
  await flowShown(page, 15);

  // Reveal a secret, and hide it.
  await key("l");
  await page.getByRole("tab", { name: "Request", selected: true }).waitFor();
  await page.getByRole("button", { name: "Reveal" }).waitFor();
  await tabTo(page, ".detail .reveal");
  await key("Enter");
  await page.getByText(token).waitFor();
  await key("Enter");
  await page.getByText(token).waitFor({ state: "detached" });

  // Compare two flows: mark both. With one there is nothing to compare, and the page says so.
  await key("x", "d");
  await page.getByText("Mark two flows with x").waitFor();
  await key("j");
  await flowShown(page, 16);
  await key("x", "d");
  await page.getByRole("dialog").getByText("query", { exact: false }).first().waitFor();
  await picture(page, "keyboard-compare");
  await key("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await key("u", "Escape");
  await page.locator(".detail").waitFor({ state: "detached" });

  // Rename a parameter of a path, and undo it.
  await key("2");
  await page.locator("#operations").waitFor();
  await page.locator(".operation").first().waitFor();
  await key("r");
  await page.getByRole("region", { name: "Review" }).getByText("the export of").waitFor(); // which spectap run -o made
  await key("Escape", "/");
  await type("get {" + id);
  await key("Enter", "j");
  await page.getByRole("tree", { name: "Parameters" }).getByText(id, { exact: true }).waitFor();
  await key("c");
  const dialog = page.getByRole("dialog", { name: "Correct" });
  await dialog.waitFor();
  await type("Segment {"); // the choice of a select follows what is typed
  await key("Tab", "Tab", "Control+a");
  await type("thing_id");
  await key("Enter");
  await page.getByRole("dialog", { name: "Corrected" }).getByText("/items/{thing_id}").first().waitFor();
  await picture(page, "keyboard-renamed");
  await key("u");
  await page.getByRole("dialog", { name: "Undone" }).getByText(`/items/{${id}}`).first().waitFor();
  await key("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // A folder of the tree folds, and unfolds.
  await key("/");
  await until(page, () => document.activeElement?.getAttribute("aria-label") === "Search operations");
  await key("Control+a", "Delete");
  await until(page, () => document.activeElement?.value === "");
  await key("Enter", "Escape");
  await page.locator(".operation.folder").first().waitFor();
  const listed = () => page.locator("#operations").getAttribute("aria-rowcount").then(Number); // not all are painted
  const all = await eventually(async () => {
    const n = await listed();
    assert.ok(n > 2, `${n} rows`);
    return n;
  });
  await key("k", "k", "k", "k");
  await page.locator(".operation.folder.open").waitFor();
  await key("ArrowLeft");
  await until(page, () => document.querySelector(".operation.folder")?.getAttribute("aria-expanded") === "false");
  await eventually(async () => assert.ok(await listed() < all));
  await key("Enter");
  await eventually(async () => assert.equal(await listed(), all));

  // Call an operation.
  seen.length = 0;
  await key("3");
  await page.getByRole("link", { name: /GET \/items\/\{/ }).waitFor();
  await tabTo(page, `.call-choice a[href*="/GET/"][href*="%7B${id}%7D"]`);
  await key("Enter");
  await page.getByLabel("Fill from").waitFor();
  await tabTo(page, ".call-field input");
  await type("103");
  await page.getByText("GET /items/103 HTTP/1.1").waitFor();
  await key("Control+Enter");
  await page.locator(".call-answer .detail-head .status").getByText("200").waitFor();
  assert.equal(seen[0].url, "/items/103");
  await picture(page, "keyboard-called");

  // Approve a call that an agent waits for.
  const policy = join(dir, "policy.yaml");
  writeFileSync(policy, "version: 1\ntools:\n  list_hosts: {require_approval: true}\n");
  const g = gateway(t, ["--policy", policy, "--approvals", book], ["mcp", "--db", db]);
  await g.begin();
  const answer = g.ask("tools/call", { name: "list_hosts", arguments: {} });
  await key("Shift+Tab"); // out of the field, in which digits are text
  await tabTo(page, "[role=tab][aria-selected=true][id=tab-call]", "Shift+Tab");
  await key("5");
  await page.getByRole("heading", { name: "Waiting (1)" }).waitFor();
  await key("j");
  await page.getByText("require_approval").waitFor();
  await tabTo(page, ".verdict .filled");
  await page.locator(".verdict .filled:not([aria-disabled=true])").waitFor(); // shown for long enough
  await key("Enter");
  assert.notEqual((await answer).result.isError, true);

  // The list of keys names all that was pressed.
  await key("2");
  await page.locator(".operation").first().waitFor();
  await key("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  for (const does of ["undo the newest correction", "search operations", "correct what the document says of the API"]) {
    await page.getByRole("dialog").getByText(does).waitFor();
  }
  assert.equal((await run("correct", "ls", "--db", db)).stdout.trim(), "");
});
