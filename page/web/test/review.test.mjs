// The review of a document: by keyboard, with a given document and after an export.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, eventually, folder, open, picture, run, servePage } from "./support.mjs";

test("review", async (t) => {
  process.env.XDG_STATE_HOME = join(folder(t), "state");
  const dir = join(folder(t), "demo");
  await run("demo", "--dir", dir);
  const db = join(dir, "flows.db");
  const { link } = await servePage(t, db, "--document", join(dir, "shop.yaml"));
  const b = await browser(t);
  const page = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
  await page.getByRole("tab", { name: "Traffic" }).press("2");
  await page.locator(".operation").first().waitFor();
  await page.keyboard.press("r");
  const review = page.getByRole("region", { name: "Review" });
  await review.getByText("Nothing was exported yet").waitFor();
  await review.getByText(/\d+ %/).first().waitFor();
  await review.locator("li").first().waitFor();
  assert.ok(await page.evaluate(() => document.activeElement.matches(".api-review .api-about")), "the keys do not scroll the review");
  await picture(page, "review-400-dark");
  await checkAccessibility(page, "a review at 400 pixels");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");

  // What changes after an export is listed, and leads to its operation.
  const host = (await run("export", "--db", db, "--report")).stderr; // which is kept
  assert.ok(host !== "");
  await run("correct", "optional", "--db", db, "Order /status");
  const wide = await open(t, b, link);
  await wide.getByRole("tab", { name: "API" }).click();
  await wide.locator(".operation").first().waitFor();
  await wide.getByRole("button", { name: "Review" }).click();
  const since = wide.getByRole("region", { name: "Review" });
  await since.getByText("the export of").waitFor();
  await since.locator("li").filter({ hasText: "status" }).first().waitFor();
  await picture(wide, "review");
  await checkAccessibility(wide, "a review");
  await since.getByRole("link", { name: /^GET .*orders\/\{\w+\}$/ }).first().click();
  await wide.getByRole("region", { name: "Operation", exact: true }).waitFor();

  // What lint finds stands where it is, and so does what a person said.
  await wide.getByRole("tab", { name: "Description" }).click();
  await wide.getByText("corrected", { exact: true }).first().waitFor();
  const corrected = await wide.evaluate(() => location.hash);
  await wide.evaluate((h) => { location.hash = h; }, corrected.replace(/orders.*/, "products"));
  await wide.locator(".api-finding").first().waitFor();
  await picture(wide, "operation-lint");
  await checkAccessibility(wide, "an operation with findings");
  await wide.evaluate((h) => { location.hash = h; }, corrected);
  await wide.getByRole("tab", { name: "Evidence" }).click();
  await wide.getByText("Corrected by a person").waitFor();
  await wide.getByText("a person said: is optional").first().waitFor();
  await picture(wide, "evidence-corrected");

  // The document opens at the operation, and at what lint found.
  await wide.keyboard.press("d");
  const place = async () => Number(await wide.locator(".document .cm-lineNumbers .cm-activeLineGutter").textContent());
  await wide.locator(".document .cm-line.cm-activeLine").getByText("get:").waitFor();
  await picture(wide, "document-at-operation");

  // What is slow moves nothing that a person is about to click.
  let goOn;
  const slow = new Promise((done) => { goOn = done; });
  await wide.route("**/api/api/coverage", (r) => slow.then(() => r.continue()), { times: 1 });
  await wide.evaluate(() => {
    window.places = new Set();
    const look = () => {
      const links = document.querySelectorAll(".api-review small a");
      if (links.length > 0) window.places.add(links[links.length - 1].getBoundingClientRect().top);
      requestAnimationFrame(look);
    };
    look();
  });
  const found = wide.waitForResponse(/\/api\/lint$/);
  await wide.keyboard.press("r");
  await (await found).finished();
  await wide.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  goOn();
  await since.getByText(/\d+ %/).waitFor();
  const finding = since.getByRole("link", { name: /^line \d+$/ }).last();
  await finding.waitFor();
  assert.equal(await wide.evaluate(() => window.places.size), 1, "findings moved"); // before the click scrolls to it
  const line = Number(/\d+/.exec(await finding.textContent())[0]);
  await finding.click();
  await eventually(async () => assert.equal(await place(), line));

  // Saving the document on the page is an export.
  await wide.keyboard.press("r");
  await since.locator("li").filter({ hasText: "status" }).first().waitFor();
  await Promise.all([wide.waitForEvent("download"), wide.keyboard.press("s")]);
  await since.getByText("None that concern clients.").first().waitFor();

  // A file that is chosen on the page is compared with instead of that of the command line.
  writeFileSync(join(dir, "chosen.yaml"), readFileSync(join(dir, "shop.yaml"), "utf8").replace(/^paths:$/m, "paths:\n  /chosen:\n    get: {responses: {'200': {description: OK}}}"));
  await since.getByLabel("Compare with a file").setInputFiles(join(dir, "chosen.yaml"));
  await since.locator("li").filter({ hasText: "GET /chosen" }).first().waitFor();
  await since.getByText("chosen.yaml").nth(1).waitFor(); // of the changes, and of what was not reached
  await picture(wide, "review-chosen");
  await checkAccessibility(wide, "a review with a chosen file");

  // Flows that are in no operation are counted by their reasons.
  await wide.getByRole("button", { name: /left out$/ }).click();
  await wide.getByRole("dialog").getByText("a browser's CORS preflight").waitFor();
  await picture(wide, "left-out");
  await checkAccessibility(wide, "the flows that are left out");
});
