// The proxy's own page: what it checks, on a phone and on a desktop.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import test from "node:test";
import { chromium } from "playwright-core";
import { cleanup, folder, program, start } from "./support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

test("the page of the proxy checks the set-up", async (t) => {
  const dir = folder(t);
  const ca = execFileSync(program, ["ca", "path", "--ca-dir", join(dir, "ca")], { encoding: "utf8" }).trim();
  const proxy = async (db) => (await start(t, ["proxy", "--db", join(dir, db), "--ca-dir", join(dir, "ca"), "--listen", "127.0.0.1:0",
    "--include", "api.example.com"], [/listening on (\S+)/])).found[0];
  const address = await proxy("flows.db");
  process.env.SPECTAP_PROXY_AUTH = "me:secret";
  const asking = await proxy("asking.db");
  delete process.env.SPECTAP_PROXY_AUTH;
  const key = new X509Certificate(readFileSync(ca)).publicKey.export({ type: "spki", format: "der" });
  const hash = createHash("sha256").update(key).digest("base64");
  const through = [`--proxy-server=http://${address}`, "--proxy-bypass-list=<-loopback>"];
  for (const [name, args, url, states] of [
    ["without the proxy", [], `http://${address}/`, ["bad", "unknown"]],
    ["without the CA", through, `http://${address}/`, ["good", "bad"]],
    ["with both", [...through, `--ignore-certificate-errors-spki-list=${hash}`], "http://spectap.test/", ["good", "good"]],
    // The browser sends no credentials with the check.
    ["with a password", [`--proxy-server=http://${asking}`, `--ignore-certificate-errors-spki-list=${hash}`], "http://spectap.test/", ["good", "good"]],
  ]) {
    await t.test(name, async (t) => {
      const b = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", ...args] });
      cleanup(t, () => b.close());
      for (const colorScheme of ["light", "dark"]) {
        const context = await b.newContext({ viewport: { width: 400, height: 800 }, colorScheme, userAgent: iPhone });
        context.setDefaultTimeout(90_000);
        const page = await context.newPage();
        const asked = [], said = [];
        page.on("request", (r) => asked.push(new URL(r.url()).host));
        page.on("console", (m) => said.push(m.text()));
        await page.goto(url);
        await page.waitForFunction(() => [...document.querySelectorAll(".checks .text")].every((x) => !x.textContent.startsWith("Checking") && !x.textContent.includes("JavaScript")));
        assert.deepEqual(await page.$$eval(".checks li", (all) => all.map((x) => x.dataset.state)), states);
        assert.deepEqual(await page.$$eval("details[open]", (all) => all.map((x) => x.id)), ["ios"]);
        for (const folded of await page.$$("details:not([open]) summary")) await folded.click();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 400, "it scrolls sideways");
        assert.deepEqual(asked.filter((host) => host !== address && host !== "spectap.test"), []);
        assert.deepEqual(said.filter((text) => text.includes("Content Security Policy")), []);
        const found = await page.evaluate(`${axe}; axe.run().then((r) => r.violations.map((v) => v.id))`);
        assert.deepEqual(found, []);
      }
    });
  }
});
