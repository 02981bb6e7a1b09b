// The panel Traffic on the traffic of the demo, by keyboard and by mouse, in both themes and two widths.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { browser, checkAccessibility, eventually, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

const rowCount = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? 1) - 1;
const focusIn = (selector) => document.activeElement?.matches(selector) ?? false;

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
    await page.getByRole("dialog", { name: "Keys" }).getByText("show only this time").waitFor();
    assert.ok(await page.evaluate(focusIn, ".dialog-body"), "keys cannot scroll the dialog");
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
    await page.keyboard.type(" status:2xx ");
    await until(page, `(${rowCount})() === ${posts}`);
    await page.getByText(`${posts} of ${count} flows`).waitFor();

    // A mistake is shown once, where it is, when the filter is complete; and what was meant is a button.
    await page.keyboard.type("size:many");
    await page.getByRole("img", { name: "Not applied" }).waitFor();
    assert.equal(await page.getByText(/size: "many"/).count(), 0);
    await key("Enter");
    await page.getByText(/size: "many"/).waitFor();
    await until(page, `(${rowCount})() === ${posts}`); // the filter before stays
    await picture(page, "mistake");
    await page.getByRole("textbox", { name: "Filter" }).fill("");
    await key("Enter");
    await until(page, `(${rowCount})() === ${count}`);
    await key("Escape");
    await until(page, `(${focusIn})("[role=grid]")`); // Escape leaves the filter for the list

    // The list, and a flow.
    await key("g");
    await until(page, () => document.querySelector("[aria-activedescendant=flow-1]") !== null);
    for (const k of ["j", "j", "ArrowDown", "k"]) await key(k);
    await until(page, () => document.querySelector("[aria-activedescendant=flow-3]") !== null);
    await key("Enter");
    await flowShown(page, 3);
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
    await flowShown(page, 4);
    await key("d");
    await page.getByRole("dialog", { name: "Flows 3 and 4" }).waitFor();
    await picture(page, "compare");
    await key("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await key("x");
    await page.getByText("2 marked").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), key("s")]);
    const har = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.equal(har.log.entries.length, 2);

    await key("Escape");
    await page.getByRole("region", { name: /^Flow / }).waitFor({ state: "detached" });
  });

  await t.test("keys that come faster than the page paints", async (t) => {
    const page = await open(t, b, link);
    await until(page, `(${rowCount})() === ${count}`);
    await page.keyboard.press("g");
    await page.keyboard.press("Enter");
    await flowShown(page, 1);
    await page.evaluate(async () => { // no frame is painted between these
      for (let i = 0; i < 6; i++) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true }));
        for (let k = 0; k < 20; k++) await undefined;
      }
    });
    await flowShown(page, 7);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("meth");
    await page.keyboard.press("Tab"); // before the words are there
    await page.getByRole("textbox", { name: "Filter" }).getByText("method:", { exact: true }).waitFor();
  });

  await t.test("what is typed is one step of the history, and is left with the panel", async (t) => {
    const page = await open(t, b, link);
    await page.clock.install();
    const type = (text) => page.getByRole("textbox", { name: "Filter" }).fill(text);
    await type("method:POST");
    await until(page, 'location.hash.endsWith("POST")');
    await page.goBack();
    await until(page, '!location.hash.includes("filter")');
    await type("method:PUT");
    await until(page, 'location.hash.endsWith("PUT")');
    await page.goBack();
    await until(page, '!location.hash.includes("filter")');
    await type("method:GET");
    await page.getByRole("tab", { name: "API" }).click();
    await page.clock.fastForward(1000);
    await page.evaluate(() => fetch("/")); // an answer to a text that is checked would be here
    assert.match(await page.evaluate("location.hash"), /^#.api/);
  });

  await t.test("secrets are hidden until a person reveals one", async (t) => {
    const page = await open(t, b, link);
    const filter = "method:POST path:/oauth/token status:200";
    const selected = Number((await run("flows", "ls", "--count", "--db", db, filter)).stdout);
    await page.getByRole("textbox", { name: "Filter" }).fill(filter);
    await page.keyboard.press("Enter");
    await until(page, `(${rowCount})() === ${selected}`);
    await page.getByRole("row").nth(1).click();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.locator(".secret").first().waitFor();
    await picture(page, "secrets");
    await page.getByRole("button", { name: /^Reveal/ }).first().click();
    await page.getByRole("button", { name: /^Hide/ }).first().waitFor();
  });

  await t.test("json", async (t) => {
    const page = await open(t, b, link);
    const filter = "path:/api/v1/products type:json size:>3k";
    const selected = Number((await run("flows", "ls", "--count", "--db", db, filter)).stdout);
    await page.getByRole("textbox", { name: "Filter" }).fill(filter);
    await page.keyboard.press("Enter");
    await until(page, `(${rowCount})() === ${selected}`);
    await page.getByRole("row").nth(1).click();
    const text = page.getByRole("textbox", { name: "JSON" });
    await page.locator(".content-view[aria-busy=false]").waitFor();
    const lines = () => page.locator(".content .cm-line").count();
    await text.focus();
    await page.keyboard.press("Home");
    const before = await lines();
    assert.ok(before > 1, `${before} lines`);
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => assert.equal(await lines(), 1));
    await page.keyboard.press("ArrowRight");
    await eventually(async () => assert.ok(await lines() > before / 2));
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+c");
    await eventually(async () => assert.ok(JSON.stringify(JSON.parse(await clipboard())).length > 2500)); // all of it, not what is in view
    await page.keyboard.press("Control+f");
    await page.keyboard.type("price");
    await page.getByText(/^1 \/ \d+$/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText(/^2 \/ \d+$/).waitFor();
    await picture(page, "json-search");
    const path = page.getByRole("button", { name: /price(_cents)?$/ });
    await path.click();
    await eventually(async () => assert.equal(await clipboard(), await path.textContent()));
  });

  await t.test("hosts and operations", async (t) => {
    const page = await open(t, b, link);
    const facet = page.getByRole("navigation").getByRole("button", { name: /^GET \/api\/v1 ?\/products ?\/\{/ }).first();
    await until(page, () => [...document.querySelectorAll(".facet")].some((f) => /^GET \/api\/v1\/products\/\{.*[1-9]\d*$/.test(f.textContent)));
    await until(page, `(${rowCount})() === ${count}`);
    const number = async () => Number(/(\d+)$/.exec(await facet.textContent())[1]);
    await facet.click();
    await until(page, () => location.hash.includes("filter="));
    const filter = await page.evaluate(() => new URLSearchParams(location.hash.split("?")[1]).get("filter"));
    const n = Number((await run("flows", "ls", "--count", "--db", db, filter)).stdout);
    assert.ok(n > 0 && n < count, filter);
    await until(page, `(${rowCount})() === ${n}`);
    await eventually(async () => assert.equal(await number(), n)); // once the operations of all rows are known
    await picture(page, "facets");
    await facet.click();
    await until(page, `(${rowCount})() === ${count}`);

    // A drag over the bars shows its times before it ends.
    const bars = await page.locator(".strip .u-over").boundingBox();
    await page.mouse.move(bars.x + 1, bars.y + 9);
    await page.mouse.down();
    await page.mouse.move(bars.x + bars.width - 1, bars.y + 9, { steps: 3 });
    await page.locator(".strip-text", { hasText: `: ${count} flows` }).waitFor();
    await page.mouse.up();
  });

  for (const [width, height] of [[1280, 800], [400, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      await t.test(`accessible at ${width}, ${colorScheme}`, async (t) => {
        const page = await open(t, b, link, { width, height, colorScheme });
        await until(page, `(${rowCount})() === ${count}`);
        const name = (s) => `${s}-${width}-${colorScheme}`;
        if (width === 400) { // where the facets cover the list
          await page.keyboard.press("f");
          await until(page, `(${focusIn})(".facet") && document.activeElement === document.querySelector(".facets button")`);
          await page.keyboard.press("Escape");
          await until(page, `(${focusIn})("[role=grid]")`);
        }
        await checkAccessibility(page, "the list");
        await picture(page, name("list"));
        await page.keyboard.press("G");
        await page.keyboard.press("Enter");
        await page.locator("section.detail[aria-busy=false]").waitFor();
        await page.locator(".content").first().waitFor();
        if (width === 400) await until(page, `(${focusIn})("#part")`);
        await checkAccessibility(page, "a flow");
        await picture(page, name("flow"));
        await page.evaluate(() => { location.hash = "#/traffic/1"; });
        await flowShown(page, 1);
        await page.getByRole("tab", { name: "About" }).click();
        await page.getByText("In the document").waitFor();
        await checkAccessibility(page, "about a flow whose row is not rendered");
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
        await page.keyboard.press("Escape");
        await page.keyboard.press("Escape");
        await until(page, `(${focusIn})("[role=grid]")`);
      });
    }
  }
});
