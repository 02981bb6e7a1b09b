// Makes the picture of the README from the traffic of the demo: node picture.mjs FILE.png
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const program = resolve(process.env.SPECTAP ?? join(import.meta.dirname, "../../bin/spectap"));
const folder = mkdtempSync(join(tmpdir(), "spectap-picture-"));
execFileSync(program, ["demo", "--dir", join(folder, "demo")], { stdio: "ignore" });
const server = spawn(program, ["ui", "--no-open", "--db", join(folder, "demo", "flows.db")]);
const link = await new Promise((found) => {
  let text = "";
  server.stdout.on("data", (d) => {
    text += d;
    const m = /page at (\S+)\n/.exec(text);
    if (m) found(m[1]);
  });
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1240, height: 620 } });
await page.goto(link);
await page.getByRole("textbox", { name: "Filter" }).fill("path:/api/v1 -method:OPTIONS");
await page.keyboard.press("Enter");
const rows = page.getByRole("row").filter({ hasText: /products\/.*getProduct/ }); // once the operation is known
await rows.last().click();
await page.locator(".cm-content").getByText("price_cents").first().waitFor();
await page.mouse.move(0, 0);
await page.screenshot({ path: process.argv[2] });
await browser.close();
server.kill("SIGINT");
rmSync(folder, { recursive: true });
