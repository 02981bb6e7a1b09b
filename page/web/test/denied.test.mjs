// The part Denied of the panel Guard: what a proxy's guard denied is allowed with one click, and that is taken back.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { browser, checkAccessibility, cleanup, folder, open, picture, program, servePage } from "./support.mjs";

test("denied", async (t) => {
  const dir = folder(t);
  const [db, api, policy] = ["flows.db", "api.yaml", "policy.yaml"].map((name) => join(dir, name));
  const server = createServer((_, answer) => answer.end("{}")).listen(0, "127.0.0.1");
  cleanup(t, () => server.close());
  await new Promise((ready) => server.once("listening", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  const ok = `responses: {"200": {description: OK}}`;
  writeFileSync(api, `openapi: 3.1.0\ninfo: {title: Pets, version: "1"}\nservers: [{url: "${url}"}]\npaths:\n  /pets:\n    get: {operationId: listPets, ${ok}}\n    delete: {operationId: deletePets, ${ok}}\n`);
  const before = "version: 1\n# what the agent needs\ntools:\n  listPets: {}\n";
  writeFileSync(policy, before);
  const status = async (method, path) => {
    const args = ["run", "--guard", api, "--guard-advisory", "--policy", policy, "--db", db, "--ca-dir", join(dir, "ca"), "--",
      "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, url + path];
    return (await promisify(execFile)(program, args)).stdout;
  };
  assert.equal(await status("DELETE", "/pets"), "403");
  assert.equal(await status("GET", "/other"), "403");

  const { link } = await servePage(t, db, "--policy", policy);
  const b = await browser(t);
  const page = await open(t, b, link);
  await page.getByRole("tab", { name: "Guard" }).click();
  const rows = page.getByRole("table", { name: "Denied requests" });
  await rows.getByRole("row", { name: /deletePets/ }).waitFor();
  await rows.getByRole("row", { name: /no operation.*other/s }).waitFor();
  await picture(page, "guard-denied");
  await checkAccessibility(page, "what was denied");
  const allow = rows.getByRole("button", { name: /^Allow this operation/ });
  assert.equal(await allow.count(), 1, "a request of no operation has a button");
  await allow.click();
  await rows.getByText("allowed now").waitFor();
  assert.match(readFileSync(policy, "utf8"), /^version: 1\n# what the agent needs\ntools:\n  listPets: \{\}\n  deletePets: \{\}\n$/);
  assert.equal(await status("DELETE", "/pets"), "200");

  const narrow = await open(t, b, link, { width: 400, height: 700, colorScheme: "dark" });
  await narrow.getByRole("tab", { name: "Guard" }).click();
  await narrow.getByText("allowed now").waitFor();
  await picture(narrow, "guard-denied-400-dark");
  assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");

  await rows.getByRole("button", { name: "Undo" }).click();
  await allow.waitFor();
  assert.equal(readFileSync(policy, "utf8"), before);
  assert.equal(await status("DELETE", "/pets"), "403");
});
