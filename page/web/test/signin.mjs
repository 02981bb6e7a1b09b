// A browser in which anna signs in at the URL: signin.mjs URL. TestAuth of cmd/spectap runs it as xdg-open.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const shell = "/usr/bin/chromium-headless-shell";
const executablePath = process.env.CHROMIUM ?? (existsSync(shell) ? shell : "/usr/bin/chromium");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(process.argv[2]);
  await page.locator("[name=password]").fill("tulip");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL("**/callback?*");
  console.log(await page.textContent("body"));
} finally {
  await browser.close();
}
