// The panel Traffic on the traffic of the demo, by keyboard and by mouse, in both themes and two widths.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { browser, checkAccessibility, folder, open, picture, run, servePage, until } from "./support.mjs";

const rowCount = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? 1) - 1;
const focusIn = (selector) => document.activeElement?.matches(selector) ?? false;

/** Waits until a value has been the same for a second. */
async function steady(value) {
  for (let last = await value(), same = 0; ; ) {
    await new Promise((r) => setTimeout(r, 100));
    const now = await value();
    same = now === last ? same + 1 : 0;
    if (same === 10) return now;
    last = now;
  }
}

test("traffic", async (t) => {
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const db = join(dir, "flows.db");
  const { link, output } = await servePage(t, db);
  assert.match(output, /page at/);
  const b = await browser(t);
  const count = Number((await run("flows", "ls", "--count", "--db", db)).stdout);

  await t.test("by keyboard alone", async (t) => {
    const page = await open(t, b, link);
    assert.equal(new URL(page.url()).hash.includes("token"), false, "the token stays in the address");
    await until(page, `(${rowCount})() === ${count}`);
    const key = (k) => page.keyboard.press(k);

    await key("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await picture(page, "keys");
    await key("Escape");

    // A filter with completion.
    await key("/");
    await page.keyboard.type("met");
    await page.getByText("a method", { exact: true }).waitFor();
    await key("Tab"); // method:
    await page.getByRole("option", { name: "POST" }).waitFor();
    await picture(page, "filter");
    await page.keyboard.type("PO");
    await page.getByRole("option", { name: "PUT" }).waitFor({ state: "detached" });
    await key("Tab");
    const posts = Number((await run("flows", "ls", "--count", "--db", db, "method:POST status:2xx")).stdout);
    await page.keyboard.type(" status:2xx");
    await key("Enter");
    await until(page, `(${rowCount})() === ${posts}`);
    await page.getByText(`${posts} of ${count} flows`).waitFor();

    // A mistake is shown where it is.
    await page.keyboard.type(" size:many");
    await page.getByText(/size: "many"/).first().waitFor();
    await picture(page, "mistake");
    await page.getByRole("textbox", { name: "Filter" }).fill("");
    await key("Enter");
    await until(page, `(${rowCount})() === ${count}`);
    await key("Escape");
    assert.ok(await page.evaluate(focusIn, "[role=grid]"), "Escape leaves the filter for the list");

    // The list, and a flow.
    await key("g");
    await until(page, () => document.querySelector("[aria-activedescendant=flow-1]") !== null);
    for (const k of ["j", "j", "ArrowDown", "k"]) await key(k);
    assert.equal(await page.getAttribute("[role=grid]", "aria-activedescendant"), "flow-3");
    await key("Enter");
    await page.getByRole("region", { name: "Flow 3" }).waitFor();
    await key("l");
    await page.getByRole("tab", { name: "Request", selected: true }).waitFor();
    await key("l");
    await page.getByText("In the document").waitFor();
    await key("l");
    await key("c");
    await page.getByText("Copied.").waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl /);

    // Two flows compared, saved as an archive.
    await key("x");
    await key("j");
    await key("d");
    await page.getByRole("dialog", { name: "Flows 3 and 4" }).waitFor();
    await picture(page, "compare");
    await key("Escape");
    await key("x");
    const [download] = await Promise.all([page.waitForEvent("download"), key("s")]);
    const har = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.equal(har.log.entries.length, 2);

    await key("Escape");
    assert.equal(await page.getByRole("region", { name: /^Flow / }).count(), 0);
  });

  await t.test("secrets are hidden until a person reveals one", async (t) => {
    const page = await open(t, b, link);
    await page.getByRole("textbox", { name: "Filter" }).fill("method:POST path:/oauth/token status:200");
    await page.keyboard.press("Enter");
    await page.getByRole("row").nth(1).click();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.locator(".secret").first().waitFor();
    await picture(page, "secrets");
    await page.getByRole("button", { name: /^Reveal/ }).first().click();
    await page.getByRole("button", { name: /^Hide/ }).first().waitFor();
  });

  await t.test("json", async (t) => {
    const page = await open(t, b, link);
    await page.getByRole("textbox", { name: "Filter" }).fill('path:/api/v1/products type:json size:>3k');
    await page.keyboard.press("Enter");
    await until(page, `(${rowCount})() > 0 && (${rowCount})() < ${count}`);
    await page.getByRole("row").nth(1).click();
    const tree = page.getByRole("tree", { name: "JSON" });
    await tree.waitFor();
    const lines = () => tree.getByRole("treeitem").count();
    await tree.focus();
    await page.keyboard.press("Home");
    const before = await lines();
    await page.keyboard.press("ArrowLeft");
    await until(page, () => document.querySelectorAll("[role=treeitem]").length === 1);
    await page.keyboard.press("ArrowRight");
    await until(page, `document.querySelectorAll("[role=treeitem]").length === ${before}`);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("price");
    await page.getByText(/^1 \/ \d+$/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText(/^2 \/ \d+$/).waitFor();
    await picture(page, "json-search");
  });

  await t.test("hosts and operations", async (t) => {
    const page = await open(t, b, link);
    const facet = page.getByRole("navigation").getByRole("button", { name: /^GET \/api\/v1\/products\/\{/ }).first();
    await until(page, () => [...document.querySelectorAll(".facet")].some((f) => /^GET \/api\/v1\/products\/\{.*[1-9]\d*$/.test(f.textContent)));
    await until(page, `(${rowCount})() === ${count}`);
    const n = await steady(async () => Number(/(\d+)$/.exec(await facet.textContent())[1]));
    await facet.click();
    await until(page, `(${rowCount})() === ${n}`);
    await picture(page, "facets");
    await facet.click();
    await until(page, `(${rowCount})() === ${count}`);
  });

  for (const [width, height] of [[1280, 800], [400, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      await t.test(`accessible at ${width}, ${colorScheme}`, async (t) => {
        const page = await open(t, b, link, { width, height, colorScheme });
        await until(page, `(${rowCount})() === ${count}`);
        const name = (s) => `${s}-${width}-${colorScheme}`;
        await checkAccessibility(page, "the list");
        await picture(page, name("list"));
        await page.keyboard.press("Enter");
        await page.keyboard.press("G");
        await page.keyboard.press("Enter");
        await page.getByRole("region", { name: /^Flow / }).waitFor();
        await page.locator(".content").first().waitFor();
        await checkAccessibility(page, "a flow");
        await picture(page, name("flow"));
        await page.getByRole("tab", { name: "About" }).click();
        await page.getByText("In the document").waitFor();
        await checkAccessibility(page, "about a flow");
        await page.getByRole("button", { name: /^Copy/ }).click();
        await page.getByRole("menuitem").first().waitFor();
        await checkAccessibility(page, "the menu");
        await picture(page, name("menu"));
        await page.keyboard.press("Escape");
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await checkAccessibility(page, "the keys");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
      });
    }
  }
});
