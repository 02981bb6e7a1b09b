// Every panel, part and dialog, in both themes and two widths: axe-core finds nothing, and nothing is wider than the page.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gateway } from "./gateway.mjs";
import { api } from "./items.mjs";
import { browser, checkAccessibility, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

test("every view is accessible", async (t) => {
  const { db, host } = await api(t);
  const dir = folder(t);
  const at = (name) => join(dir, name);
  const id = /\/items\/\{(\w+)\}/.exec((await run("export", "--db", db)).stdout)[1]; // the parameter of the path
  await run("grant", "add", "--grants", at("grants.json"), "ci", "--tools", "read_*", "--expires", "30d");
  await run("export", "--db", db, "--host", host, "-o", at("given.yaml"));
  writeFileSync(at("policy.yaml"), "version: 1\ntools:\n  list_hosts: {require_approval: true}\n");
  const files = ["--pins", at("pins.json"), "--audit", at("audit.jsonl"), "--approvals", at("approvals.json")];
  const { link } = await servePage(t, db, "--grants", at("grants.json"), "--document", at("given.yaml"), ...files);
  const g = gateway(t, ["--policy", at("policy.yaml"), ...files], ["mcp", "--db", db]);
  await g.begin();
  await g.ask("tools/list", {});
  void g.ask("tools/call", { name: "list_hosts", arguments: {} }); // which waits
  const b = await browser(t);

  /** The views in an order, each of which begins where the one before ended. */
  const views = (page) => {
    const key = (k) => page.keyboard.press(k);
    const go = (hash) => page.evaluate((h) => { location.hash = h; }, hash);
    const dialog = page.getByRole("dialog");
    const button = (name) => page.getByRole("button", { name, exact: true });
    const leave = async () => {
      await key("Escape");
      await dialog.waitFor({ state: "detached" });
    };
    const item = `#/api/${encodeURIComponent(host)}/GET/${encodeURIComponent(`/items/{${id}}`)}`;
    return {
      traffic: () => until(page, () => document.querySelectorAll(".traffic [role=row]").length > 3),
      keys: async () => { await key("?"); await dialog.waitFor(); },
      facets: async () => {
        await leave();
        const shown = await page.locator(".facets").count();
        if (shown === 0) await key("f");
        await page.locator(".facet").nth(2).waitFor();
      },
      "filter-mistake": async () => {
        await key("f");
        await key("/");
        await page.keyboard.type("size:many status:");
        await page.getByRole("option").first().waitFor();
        await key("Enter");
        await page.getByText(/size: "many"/).first().waitFor();
      },
      "no-match": async () => { await go("#/traffic?filter=path:/nothing"); await page.getByText("No flow matches").waitFor(); },
      "flow-response": async () => { await go("#/traffic/2"); await flowShown(page, 2); await page.locator(".cm-line").nth(2).waitFor(); },
      "flow-raw": async () => { await button("Raw").click(); await page.getByRole("textbox", { name: "Text" }).waitFor(); },
      "flow-hex": async () => { await button("Hex").click(); await page.getByRole("textbox", { name: "Bytes in hexadecimal" }).waitFor(); },
      "flow-request": async () => { await page.getByRole("tab", { name: "Request" }).click(); await page.locator(".secret").first().waitFor(); },
      "flow-revealed": async () => { await page.locator(".detail .reveal").first().click(); await page.locator(".detail .reveal[aria-pressed=true]").waitFor(); },
      "flow-about": async () => { await page.getByRole("tab", { name: "About" }).click(); await page.getByRole("link", { name: "Call the operation" }).waitFor(); },
      "flow-menu": async () => { await page.getByRole("button", { name: /^Copy/ }).click(); await page.getByRole("menuitem").first().waitFor(); },
      compare: async () => {
        await key("Escape");
        await page.getByRole("menuitem").first().waitFor({ state: "detached" });
        await page.locator(".detail-body").focus();
        await key("x");
        await key("j");
        await flowShown(page, 3);
        await key("d");
        await dialog.getByText("$.name").first().waitFor();
        await page.getByRole("tab", { name: "Response", includeHidden: true }).first().waitFor({ state: "attached" });
      },
      "flow-narrowed": async () => { await leave(); await page.getByRole("tab", { name: "Response" }).click(); await page.locator(".cm-line").nth(2).waitFor(); },
      api: async () => { await go("#/api"); await page.locator(".operation").nth(2).waitFor(); },
      operation: async () => { await go(item); await page.getByRole("tree", { name: /Response 200/ }).waitFor(); },
      evidence: async () => { await page.getByRole("tab", { name: "Evidence" }).click(); await page.locator(".certainty").first().waitFor(); },
      correct: async () => {
        await page.getByRole("tab", { name: "Description" }).click();
        await button("Correct").click();
        await dialog.getByLabel("Is different").selectOption({ label: "it has another summary" });
        await dialog.getByLabel("Summary").fill("Some thing");
      },
      corrected: async () => { await dialog.getByRole("button", { name: "Correct", exact: true }).click(); await page.getByRole("dialog", { name: "Corrected" }).waitFor(); },
      corrections: async () => { await leave(); await key("m"); await page.getByRole("dialog", { name: "Corrections" }).getByText("Some thing").first().waitFor(); },
      undone: async () => { await leave(); await key("u"); await page.getByRole("dialog", { name: "Undone" }).waitFor(); },
      document: async () => { await leave(); await go(`#/api/${encodeURIComponent(host)}/document`); await page.getByText("openapi: 3.1.0").waitFor(); },
      review: async () => { await go(`#/api/${encodeURIComponent(host)}/review`); await page.getByText(/\d+ %/).first().waitFor(); await page.locator(".api-review li").first().waitFor(); },
      call: async () => { await go("#/call"); await page.getByRole("link", { name: /POST \/items/ }).waitFor(); },
      "call-form": async () => { await page.getByRole("link", { name: /POST \/items/ }).click(); await page.getByText("POST /items HTTP/1.1").waitFor(); },
      "call-filled": async () => { await page.getByLabel("Fill from").selectOption("3"); await page.locator(".call-preview").getByText("item 2").first().waitFor(); },
      "call-mistake": async () => { await page.getByLabel("width", { exact: true }).fill("x"); await page.getByText(/must be/).first().waitFor(); },
      "call-json": async () => { await button("JSON").first().click(); await page.getByLabel("Arguments as JSON").waitFor(); },
      "call-flow": async () => { await go("#/call/flow/15"); await page.getByText("GET /items?page=1&sort=name HTTP/1.1").waitFor(); },
      "call-answer": async () => { await page.getByRole("button", { name: "Send GET" }).click(); await page.locator(".call-answer .cm-line").first().waitFor(); },
      "call-compare": async () => { await page.getByRole("button", { name: /Compare with flow/ }).click(); await dialog.getByText("Hidden, and equal").first().waitFor(); },
      approvals: async () => { await leave(); await go("#/approvals"); await page.getByRole("heading", { name: "Waiting (1)" }).waitFor(); },
      approval: async () => { await page.getByRole("button", { name: /list_hosts/ }).click(); await page.getByText("require_approval").waitFor(); },
      grants: async () => { await go("#/guard"); await button("Revoke ci").waitFor(); },
      revoke: async () => { await button("Revoke ci").click(); await dialog.getByText("ci").first().waitFor(); },
      pins: async () => { await leave(); await go("#/guard/pins"); await page.getByRole("button", { name: /list_hosts/ }).waitFor(); },
      pin: async () => { await page.getByRole("button", { name: /list_hosts/ }).click(); await page.getByRole("region", { name: "Definition" }).waitFor(); },
      audit: async () => { await go("#/guard/audit"); await page.getByRole("cell", { name: /list_hosts/ }).first().waitFor(); },
      verified: async () => { await button("Verify").click(); await page.getByText("The chain is intact:").waitFor(); },
      record: async () => { await page.locator(".guard-table tbody button").first().click(); await dialog.locator(".cm-line").first().waitFor(); },
    };
  };

  for (const [width, height] of [[1280, 800], [400, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      if (process.env.CI && (width === 400) !== (colorScheme === "dark")) continue; // each once: the four take minutes
      await t.test(`${width}, ${colorScheme}`, async (t) => {
        const page = await open(t, b, link, { width, height, colorScheme });
        for (const [name, show] of Object.entries(views(page))) {
          try {
            await show();
          } catch (e) {
            await picture(page, `view-${name}-failed`);
            throw new Error(`${name}: ${e.message}`, { cause: e });
          }
          await checkAccessibility(page, name);
          await picture(page, `view-${name}-${width}-${colorScheme}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(over <= 0, `${name} is ${over} pixels too wide`);
        }
      });
    }
  }
});
