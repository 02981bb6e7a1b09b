// The panel API on the traffic of the demo: by mouse, by keyboard alone on a narrow dark page, and while flows arrive.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, eventually, folder, open, picture, run, servePage, until } from "./support.mjs";

const rows = () => Number(document.querySelector(".traffic [role=grid]")?.getAttribute("aria-rowcount") ?? 0) - 1;

test("api", async (t) => {
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const db = join(dir, "flows.db");
  const { link } = await servePage(t, db);
  const b = await browser(t);

  await t.test("by mouse", async (t) => {
    const page = await open(t, b, link);
    await page.getByRole("tab", { name: "API" }).click();
    await page.getByRole("row", { name: /GET .*orders\/\{order_id\}/ }).waitFor();
    await picture(page, "api-list");
    await checkAccessibility(page, "the list of operations");

    await page.getByLabel("Search operations").fill("get order_id");
    await page.getByText("1 of").waitFor();
    await page.getByRole("row", { name: /\{order_id\}/ }).click();
    await page.getByRole("tree", { name: "Parameters" }).waitFor();
    await page.getByRole("tree", { name: /Response 200/ }).getByText("placed_at").waitFor();
    await picture(page, "api-operation");
    await checkAccessibility(page, "an operation");

    await page.getByRole("tab", { name: "Evidence" }).click();
    await page.getByText("it looks like an identifier").first().waitFor();
    await page.locator(".weight.for").first().waitFor();
    await page.getByLabel("all reasons, with weights").check();
    await page.locator(".weight.against").first().waitFor();
    assert.match(await page.evaluate(() => location.hash), /tab=evidence$/); // so a reload shows it again
    await picture(page, "api-evidence");
    await checkAccessibility(page, "the evidence");

    await page.getByRole("tab", { name: "Description" }).click();
    const linked = page.getByRole("link", { name: /flows? in Traffic/ });
    const flows = Number.parseInt(await linked.textContent(), 10);
    assert.ok(flows > 0);
    const shown = await page.evaluate(() => location.hash);
    await linked.click();
    await until(page, `(${rows})() === ${flows}`);
    const address = page.url();
    await page.getByRole("tab", { name: "API" }).click();
    await page.getByRole("tab", { name: "Traffic" }).click();
    assert.equal(page.url(), address); // as it was left
    await page.evaluate((h) => { location.hash = h; }, shown);

    await page.getByRole("button", { name: "Document" }).click();
    const section = page.getByRole("region", { name: "Document" });
    await section.locator(".cm-lineNumbers .cm-activeLineGutter").waitFor(); // at the operation that was open
    await section.getByLabel("Search in this text").fill("order_id");
    await section.locator(".found").first().waitFor();
    await picture(page, "api-document");
    await checkAccessibility(page, "the document");
    const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save YAML" }).click()]);
    const host = await page.getByLabel("Host").inputValue();
    const exported = (await run("export", "--db", db, "--host", host)).stdout;
    assert.equal(readFileSync(await saved.path(), "utf8"), exported);
  });

  await t.test("by keyboard alone, on a narrow dark page", async (t) => {
    const page = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
    await page.getByRole("tab", { name: "Traffic" }).press("ArrowRight");
    await page.locator(".operation").first().waitFor();
    await picture(page, "api-400-dark");
    await checkAccessibility(page, "the list at 400 pixels");
    await page.keyboard.press("/");
    await page.keyboard.type("post orders");
    await page.keyboard.press("Enter");
    await page.keyboard.press("j"); // which opens nothing that would cover the list
    await page.locator(".operation.open").waitFor();
    assert.equal(await page.locator(".api-detail").count(), 0);
    await page.keyboard.press("Enter");
    await page.getByRole("tree", { name: /Request/ }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "about");
    await picture(page, "api-operation-400-dark");
    await checkAccessibility(page, "an operation at 400 pixels");
    // The tree folds and unfolds.
    const items = page.getByRole("tree", { name: /Request/ }).getByRole("treeitem");
    await items.nth(1).waitFor();
    const before = await items.count();
    await items.first().focus();
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => assert.equal(await items.count(), 1));
    await page.keyboard.press("ArrowRight");
    await eventually(async () => assert.equal(await items.count(), before));
    await page.keyboard.press("e");
    await page.getByText(/\d+ % certain/).first().waitFor();
    await picture(page, "api-evidence-400-dark");
    await checkAccessibility(page, "the evidence at 400 pixels");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    await page.keyboard.press("Escape");
    await page.locator(".api-detail").waitFor({ state: "detached" });
    await until(page, () => document.activeElement.id === "operations");
  });
});

test("operations that are learned while the page is open", async (t) => {
  const dir = folder(t);
  const db = join(dir, "flows.db");
  const har = (path, body) => JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [{
    startedDateTime: "2026-01-02T03:04:05Z", time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
    request: { method: "GET", url: "https://a.example" + path, httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [],
      headersSize: -1, bodySize: 0 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [],
      content: { size: body.length, mimeType: "application/json", text: body }, redirectURL: "", headersSize: -1, bodySize: body.length },
  }] } });
  const record = async (path, body) => {
    writeFileSync(join(dir, "one.har"), har(path, body));
    await run("import", "--db", db, join(dir, "one.har"));
  };
  await record("/first", `{"a":1}`);
  const { link } = await servePage(t, db);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "API" }).click();
  await page.getByRole("row", { name: /first/ }).waitFor();
  assert.equal(await page.locator(".new").count(), 0); // as of the list that has the row
  await record("/second", `{"id":1}`);
  await page.getByRole("row", { name: /new.*second/ }).waitFor();
  await picture(page, "api-new");
  await checkAccessibility(page, "a new operation");
  await page.getByRole("row", { name: /second/ }).click();
  await page.getByRole("treeitem", { name: /id integer/ }).waitFor();
  await page.locator(".new").waitFor({ state: "detached" }); // it was opened
});
