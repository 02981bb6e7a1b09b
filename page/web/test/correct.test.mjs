// Corrections in the panel API: by keyboard alone and undone with one key, by mouse, of two pages at a time, and of hostile names.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, cleanup, folder, open, picture, run, servePage } from "./support.mjs";

/** Moves the focus with Tab until it is on what has a name. What is disabled for now is passed by, so there are rounds. */
async function tabTo(page, name) {
  for (let i = 0; i < 300; i++) {
    const is = await page.evaluate(() => {
      const e = document.activeElement;
      return e?.getAttribute("aria-label") ?? e?.labels?.[0]?.textContent ?? e?.textContent ?? "";
    });
    if (is === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail("the focus never comes to " + name);
}

/** Selects an option of the list that has the focus, by its first words. */
async function choose(page, text) {
  for (let i = 0; i < 20; i++) {
    const is = await page.evaluate(() => document.activeElement.selectedOptions?.[0].textContent ?? "");
    if (is.startsWith(text)) return;
    await page.keyboard.press("ArrowDown");
  }
  assert.fail("there is no option " + text);
}

test("corrections", async (t) => {
  const state = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = join(folder(t), "state");
  cleanup(t, () => (state === undefined ? delete process.env.XDG_STATE_HOME : (process.env.XDG_STATE_HOME = state)));
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const db = join(dir, "flows.db");
  const file = join(dir, "spectap.overrides.yaml");
  const mine = "# mine\nleave-out:\n  - /gone/**   # later\n";
  writeFileSync(file, mine);
  const { link } = await servePage(t, db);
  const b = await browser(t);
  const dialog = (page, name) => page.getByRole("dialog", { name });

  for (const [where, view] of [["wide", {}], ["400", { width: 400, height: 700, colorScheme: "dark" }]]) {
    await t.test(`by keyboard alone, ${where}`, async (t) => {
      const page = await open(t, b, link, view);
      await page.getByRole("tab", { name: "Traffic" }).press("2");
      await page.locator(".operation").first().waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("get order_id");
      for (const key of ["Enter", "j", "Enter"]) await page.keyboard.press(key);
      await page.getByRole("tree", { name: /Response 200/ }).waitFor();

      // The operation gets another name.
      await page.keyboard.press("c");
      await dialog(page, "Correct").waitFor();
      await tabTo(page, "Is different");
      await choose(page, "it has another name");
      await tabTo(page, "New name");
      await page.keyboard.press("Control+a");
      await page.keyboard.type("fetchOrder");
      await picture(page, "correct-dialog-" + where);
      await checkAccessibility(page, "the dialog that corrects");
      await page.keyboard.press("Enter");
      await dialog(page, "Corrected").getByText("operationId: fetchOrder").first().waitFor();
      await picture(page, "correct-effect-" + where);
      await checkAccessibility(page, "what a correction changed");
      assert.equal(readFileSync(file, "utf8"),
        mine + "operations:\n  - operation: GET /api/v1/orders/{order_id}\n    name: fetchOrder\n");
      await page.keyboard.press("Escape");
      await dialog(page, "Corrected").waitFor({ state: "detached" });
      await page.getByRole("region", { name: "Operation" }).getByText("fetchOrder").waitFor();

      // A property is not required.
      const tree = page.getByRole("tree", { name: /Response 200/ });
      await tree.getByRole("treeitem").first().focus();
      const text = () => page.evaluate(() => document.activeElement.textContent);
      for (let i = 0; i < 20 && !/^number .* required/.test(await text()); i++) await page.keyboard.press("ArrowDown");
      assert.match(await text(), /required/);
      await page.keyboard.press("c");
      await dialog(page, "Correct").waitFor();
      await tabTo(page, "Is different");
      await choose(page, "it is not required");
      await tabTo(page, "Correct");
      await page.keyboard.press("Enter");
      await dialog(page, "Corrected").waitFor();
      assert.match(readFileSync(file, "utf8"), /values:\n {2}- at: Order \/\S+\n {4}required: false\n/);
      await page.keyboard.press("Escape");
      await dialog(page, "Corrected").waitFor({ state: "detached" });

      // The list says which fits no longer.
      await page.keyboard.press("m");
      await dialog(page, "Corrections").getByText("fits no longer: no captured path matches").waitFor();
      await picture(page, "corrections-" + where);
      await checkAccessibility(page, "the list of corrections");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      await page.keyboard.press("Escape");
      await dialog(page, "Corrections").waitFor({ state: "detached" });

      // Each key undoes one.
      await page.keyboard.press("u");
      await dialog(page, "Undone").waitFor();
      assert.match(readFileSync(file, "utf8"), /fetchOrder\n$/);
      await page.keyboard.press("Escape");
      await dialog(page, "Undone").waitFor({ state: "detached" });
      await page.getByRole("region", { name: "Operation" }).getByText("fetchOrder").waitFor();
      await page.keyboard.press("u");
      await dialog(page, "Undone").waitFor();
      assert.equal(readFileSync(file, "utf8"), mine);
    });
  }

  await t.test("by mouse, and undone in the dialog", async (t) => {
    const page = await open(t, b, link);
    await page.getByRole("tab", { name: "API" }).click();
    await page.getByRole("row", { name: /GET .*products\/\{product_slug\}/ }).click();
    await page.getByRole("region", { name: "Operation" }).getByRole("button", { name: "Correct", exact: true }).click();
    await page.getByLabel("What").selectOption({ label: "Segment {product_slug} of /api/v1/products/{product_slug}" });
    await page.getByLabel("Is different").selectOption({ label: "it is a parameter with another name" });
    await page.getByLabel("New name").fill("who");
    await dialog(page, "Correct").getByRole("button", { name: "Correct", exact: true }).click();
    await dialog(page, "Corrected").getByText("/api/v1/products/{who}:").first().waitFor();
    await page.waitForURL(/products%2F%7Bwho%7D$/); // the operation stays open under its new path
    await page.keyboard.press("u");
    await dialog(page, "Undone").waitFor();
    await page.waitForURL(/products%2F%7Bproduct_slug%7D$/);
    assert.equal(readFileSync(file, "utf8"), mine);
    await page.keyboard.press("Escape");

    // All values of a parameter become literals, or one; of numbers, which are not kept, neither is offered.
    await page.getByRole("region", { name: "Operation" }).getByRole("button", { name: "Correct", exact: true }).click();
    await page.getByLabel("What").selectOption({ label: "Segment {product_slug} of /api/v1/products/{product_slug}" });
    await page.getByLabel("Is different").selectOption({ label: "it has a value that is no parameter" });
    await page.getByLabel("Value").selectOption("oak-stool");
    await picture(page, "correct-literal");
    await page.getByLabel("Is different").selectOption({ label: "it is no parameter" });
    await dialog(page, "Correct").getByRole("button", { name: "Correct", exact: true }).click();
    await dialog(page, "Corrected").waitFor();
    await page.locator(".operation").getByText("oak-stool").waitFor();
    assert.match(readFileSync(file, "utf8"), /path: \/api\/v1\/products\/\*\n {4}parameter: false\n/);
    await page.keyboard.press("u");
    await dialog(page, "Undone").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("row", { name: /GET .*orders\/\{order_id\}/ }).click();
    await page.getByRole("region", { name: "Operation" }).getByRole("heading", { name: /order_id/ }).waitFor();
    await page.getByRole("region", { name: "Operation" }).getByRole("button", { name: "Correct", exact: true }).click();
    await page.getByLabel("What").selectOption({ label: "Segment {order_id} of /api/v1/orders/{order_id}" });
    assert.deepEqual(await page.getByLabel("Is different").locator("option").allTextContents(),
      ["it is a parameter with another name", "it and all below it are not part of the API"]);
  });

  await t.test("what cannot be is refused, and so is what another page has changed", async (t) => {
    const pages = [await open(t, b, link), await open(t, b, link)];
    for (const page of pages) {
      page.problems.length = 0;
      await page.getByRole("tab", { name: "API" }).click();
      await page.locator(".operation").first().waitFor();
      await page.keyboard.press("c");
      await page.getByLabel("Title").fill("Shop");
    }
    const [one, two] = pages;
    await dialog(one, "Correct").getByRole("button", { name: "Correct", exact: true }).click();
    await dialog(one, "Corrected").waitFor();
    const after = readFileSync(file, "utf8");
    await dialog(two, "Correct").getByRole("button", { name: "Correct", exact: true }).click();
    await dialog(two, "Correct").getByRole("alert").getByText("the file has changed since").waitFor();
    await checkAccessibility(two, "a refused correction");
    assert.equal(readFileSync(file, "utf8"), after);
    for (const page of pages) page.problems.splice(0, page.problems.length, ...page.problems.filter((p) => !p.includes("status of 400")));
    await one.keyboard.press("u");
    await dialog(one, "Undone").waitFor();
    assert.equal(readFileSync(file, "utf8"), mine);
  });
});

// The file may come from others, too.
test("hostile texts", async (t) => {
  process.env.XDG_STATE_HOME = join(folder(t), "state");
  const dir = folder(t);
  const db = join(dir, "flows.db");
  const evil = "<img src=x onerror=alert(1)>\u202e ~/#";
  const entry = (i) => ({
    startedDateTime: `2026-01-02T03:04:0${i}Z`, time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
    request: { method: "GET", url: "https://a.example/things", httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], redirectURL: "", headersSize: -1, bodySize: 2,
      content: { size: 2, mimeType: "application/json", text: JSON.stringify({ [evil]: i, plain: 1 }) } },
  });
  writeFileSync(join(dir, "one.har"), JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: [1, 2, 3, 4].map(entry) } }));
  await run("import", "--db", db, join(dir, "one.har"));
  const file = join(dir, "spectap.overrides.yaml");
  const quoted = (text) => JSON.stringify(text).replace("\u202e", "\\u202e");
  writeFileSync(file, `values:\n  - at: ${quoted("User /" + evil)}\n    description: ${quoted(evil)}\n`);
  const { link } = await servePage(t, db);
  const page = await open(t, await browser(t), link);
  await page.getByRole("tab", { name: "API" }).click();
  await page.getByRole("row", { name: /things/ }).click();
  await page.getByRole("tree").waitFor();
  await page.keyboard.press("m");
  await page.getByRole("dialog", { name: "Corrections" }).getByText("U+202E").first().waitFor();
  await picture(page, "correct-hostile");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("c");
  await page.getByLabel("Is different").selectOption({ label: "it has another summary" });
  await page.getByLabel("Summary").fill(evil);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Corrected" }).getByText("onerror").first().waitFor();
  await picture(page, "correct-hostile-effect");
  assert.equal(await page.locator("img").count(), 0);
  assert.ok(!readFileSync(file, "utf8").includes("\u202e"), "the file has an escape");
  const { stdout } = await run("correct", "ls", "--db", db).catch((e) => e);
  assert.match(stdout, /summary/);
  assert.ok(!stdout.includes("\u202e"), "the terminal gets an escape");
});

test("the host of another API", async (t) => {
  const dir = folder(t);
  const db = join(dir, "flows.db");
  const file = join(dir, "spectap.overrides.yaml");
  const entries = ["https://api.example.com/users/", "https://staging.example.com/orders/"].flatMap((u) => [1, 2, 3].map((i) => ({
    startedDateTime: "2026-01-02T03:04:05Z", time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
    request: { method: "GET", url: u + i, httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], redirectURL: "", headersSize: -1, bodySize: 8,
      content: { size: 8, mimeType: "application/json", text: `{"id":${i}}` } },
  })));
  writeFileSync(join(dir, "two.har"), JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries } }));
  await run("import", "--db", db, join(dir, "two.har"));
  const page = await open(t, await browser(t), (await servePage(t, db)).link);
  await page.getByRole("tab", { name: "API" }).click();
  await page.getByLabel("Host", { exact: true }).selectOption("staging.example.com");
  await page.locator(".operation").getByText("{orderId}").waitFor();
  await page.locator("#operations").focus();
  await page.keyboard.press("c");
  await tabTo(page, "What");
  await choose(page, "The host staging.example.com");
  await tabTo(page, "Is different");
  await choose(page, "it belongs to the API of another host");
  await tabTo(page, "Host of that API");
  await picture(page, "correct-host");
  await checkAccessibility(page, "the dialog that gives a host to another API");
  await tabTo(page, "Correct");
  await page.keyboard.press("Enter");
  const effect = page.getByRole("dialog", { name: "Corrected" });
  await effect.getByText("in the document of api.example.com").waitFor();
  await effect.getByText("/orders/{orderId}:").waitFor();
  await picture(page, "correct-host-effect");
  await checkAccessibility(page, "what changes in the other document");
  assert.match(readFileSync(file, "utf8"), /hosts:\n  staging.example.com: api.example.com\n/);
  await page.keyboard.press("Escape");
  await page.getByLabel("Host", { exact: true }).selectOption("api.example.com");
  await page.locator(".operation").getByText("{orderId}").waitFor();
  await page.locator("#operations").focus();
  await page.keyboard.press("u");
  await page.getByRole("dialog", { name: "Undone" }).getByText("/orders/{orderId}:").waitFor();
  assert.ok(!existsSync(file), "a file without corrections stays");
});
