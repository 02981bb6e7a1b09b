// Workflows: rows of steps that lead to their flows, by keyboard and at 400 pixels.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

test("workflows", async (t) => {
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const { link } = await servePage(t, join(dir, "flows.db"));
  const b = await browser(t);
  for (const [width, colorScheme] of [[1280, "light"], [400, "dark"]]) {
    const page = await open(t, b, link, { width, colorScheme });
    await page.getByRole("tab", { name: "API" }).click();
    await page.locator(".operation").first().waitFor();
    await page.keyboard.press("w");
    await page.locator(".workflow").first().waitFor();
    await picture(page, `workflows-${width}-${colorScheme}`);
    await checkAccessibility(page, `workflows at ${width} pixels`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");

    const steps = page.getByRole("toolbar", { name: "Steps of createOrder-to-cancelOrder" });
    await steps.getByRole("button").first().focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    assert.match(await page.locator(":focus").getAttribute("title"), /path order_id = \$response\.body#\/id of step 2, in 4 of 4 runs/);
    await page.keyboard.press("Enter");
    const seq = Number(await until(page, () => /^#\/traffic\/(\d+)\?filter=/.exec(location.hash)?.[1]));
    await flowShown(page, seq);
    if (width > 400) await until(page, () => document.querySelector("[role=grid]").getAttribute("aria-rowcount") === "5"); // the run
    await page.goBack();
    await page.locator(".workflow").first().waitFor();

    const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save Arazzo" }).click()]);
    assert.match(saved.suggestedFilename(), /\.arazzo\.yaml$/);
    assert.match(readFileSync(await saved.path(), "utf8"), /workflowId: createOrder-to-cancelOrder/);
  }
});
