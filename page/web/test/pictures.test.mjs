// What a person sees at a glance: flows over time, facets, columns, the map. By mouse, and by keyboard alone.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, eventually, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

const rowCount = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? 1) - 1;
const filterOf = (page) => page.evaluate(() => new URLSearchParams(location.hash.split("?")[1]).get("filter") ?? "");

test("pictures", async (t) => {
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const db = join(dir, "flows.db");
  const { link } = await servePage(t, db);
  const b = await browser(t);
  const counted = async (filter) => Number((await run("flows", "ls", "--count", "--db", db, filter)).stdout);
  const all = await counted("");
  const shows = (page, n) => until(page, `(${rowCount})() === ${n}`);

  await t.test("a time is selected by dragging, and by keys", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    const box = await page.locator(".strip .u-over").boundingBox();
    await page.mouse.move(box.x + 2, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 10, { steps: 5 });
    await page.mouse.up();
    const filter = await eventually(async () => {
      const f = await filterOf(page);
      assert.match(f, /^time:>=\S+ time:<\S+$/);
      return f;
    });
    const n = await counted(filter);
    assert.ok(n > 0 && n < all, `${n} flows: ${filter}`);
    await shows(page, n);
    await page.getByRole("button", { name: "All times" }).click();
    await shows(page, all);

    await page.keyboard.press("t");
    const strip = page.getByRole("slider", { name: "Flows over time" });
    for (const k of ["Home", "Shift+ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(k);
    assert.match(await strip.getAttribute("aria-valuetext"), /^\S+( \S+)?–\S+: \d+ flows?: .*\d+ 2xx/);
    await checkAccessibility(page, "a time selected by keys");
    await page.keyboard.press("Enter");
    await until(page, () => location.hash.includes("time"));
    await shows(page, await counted(await filterOf(page)));
    await page.keyboard.press("t");
    await page.keyboard.press("Escape");
    await shows(page, all);
  });

  await t.test("rows are sorted, and columns chosen", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    await page.getByRole("columnheader", { name: "Size" }).click();
    await page.locator("[role=columnheader][aria-sort=descending]").waitFor();
    const sizes = () => page.locator(".traffic .c-size[role=gridcell]").allTextContents();
    await eventually(async () => assert.match((await sizes())[0], /kB$/));
    await page.keyboard.press("j"); // begins where the largest are
    await until(page, () => document.querySelector("[aria-activedescendant]") !== null);
    await page.keyboard.press("v");
    await page.getByRole("menuitemcheckbox", { name: "Size" }).click();
    await page.getByRole("columnheader", { name: "Size" }).waitFor({ state: "detached" });
    await checkAccessibility(page, "the columns");
    await page.reload();
    await shows(page, all);
    assert.equal(await page.getByRole("columnheader", { name: "Size" }).count(), 0, "a hidden column comes back");
  });

  await t.test("a facet filters, and the keys come to the list in ten steps", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    const chip = page.getByRole("navigation").getByRole("button", { name: /^4xx/ });
    const n = await counted("status:4xx");
    await eventually(async () => assert.equal(Number((await chip.textContent()).slice(3)), n));
    await chip.click();
    await shows(page, n);
    assert.equal(await filterOf(page), "status:4xx");
    const posts = page.locator(".chips .facet", { hasText: /^POST/ });
    await eventually(async () => assert.equal(Number((await posts.textContent()).slice(4)), await counted("status:4xx method:POST"))); // the same filter
    await chip.click();
    await shows(page, all);
    await page.getByRole("navigation").getByRole("button", { name: /^GET \/api\/v1 ?\/categories/ }).waitFor();
    await page.evaluate(() => document.activeElement.blur());
    for (let i = 0; ; i++) {
      assert.ok(i <= 11, "more than ten stops before the list");
      if (await page.evaluate(() => document.activeElement.matches("[role=grid]"))) break;
      await page.keyboard.press("Tab");
    }
  });

  await t.test("what was meant is a button", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    for (const [text, meant] of [["POST orders", "method:POST orders"], ["status>=400", "status:>=400"], ["metod:POST", "method:POST"]]) {
      await page.keyboard.press("/");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(text);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: meant, exact: true }).click();
      await shows(page, await counted(meant));
      await page.evaluate(() => document.activeElement.blur());
    }
  });

  await t.test("the flow of a link is seen, and columns leave beside it", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    await page.evaluate(() => { location.hash = "#/traffic/57"; });
    await flowShown(page, 57);
    await page.reload();
    await flowShown(page, 57);
    await until(page, () => {
      const row = document.querySelector("#flow-57.open")?.getBoundingClientRect();
      return row && row.top > 0 && row.bottom < innerHeight && row.height < 30; // one line
    });
    const columns = () => page.locator(".head .cell").evaluateAll((all) => all.map((e) => e.className.replace("cell c-", "")));
    assert.deepEqual(await columns(), ["seq", "method", "status", "path", "size", "took", "time"]); // there is one host
    assert.match(await page.locator(".head .c-took").textContent(), /log/);
    assert.match(await page.locator(".head .c-seq").getAttribute("title"), /several numbers/);
    const list = page.locator(".traffic-list");
    const before = (await list.boundingBox()).width;
    const bar = page.getByRole("separator", { name: "Width of the flow" });
    await bar.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
    await eventually(async () => assert.ok((await list.boundingBox()).width > before + 50));
    assert.ok((await columns()).includes("type"));
    await checkAccessibility(page, "a flow of a link");
    await picture(page, "beside-flow");
  });

  await t.test("from now on, the list shows what comes", async (t) => {
    const page = await open(t, b, link);
    await shows(page, all);
    await page.getByRole("button", { name: "From now on" }).click();
    await page.getByText("No flow matches the filter.").waitFor();
    await page.getByRole("button", { name: "All times" }).click();
    await shows(page, all);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("paused").waitFor();
    await page.keyboard.press("p");
    await page.getByText("paused").waitFor({ state: "detached" });
  });

  for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [400, "dark"], [400, "light"]]) {
    await t.test(`the map at ${width}, ${colorScheme}`, async (t) => {
      const page = await open(t, b, link, { width, colorScheme });
      await shows(page, all);
      await page.keyboard.press("2");
      await page.locator(".operation").first().waitFor();
      await page.keyboard.press("z"); // folds all
      await until(page, () => document.querySelectorAll(".operation.folder").length > 0 && document.querySelector(".operation[aria-expanded=true]") === null);
      await page.keyboard.press("z");
      await page.locator(".operation").getByText("this path").first().waitFor(); // of a folder
      await page.keyboard.press("a");
      await page.locator(".map-area").first().waitFor();
      if (width > 1000) assert.ok(!(await page.locator(".map-area").allTextContents()).some((text) => text.includes("/api/")), "a tile repeats its group");
      await checkAccessibility(page, "the map");
      await picture(page, `map-${width}-${colorScheme}`);
      await page.locator(".map-area").first().click();
      await page.getByRole("region", { name: "Operation", exact: true }).getByText(/^Took/).waitFor();
      await page.locator(".took canvas").waitFor();
      await checkAccessibility(page, "an operation");
      await picture(page, `operation-${width}-${colorScheme}`);
    });
  }
});
