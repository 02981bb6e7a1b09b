// What Copy gives runs: each program sends the request of a flow of the demo to its API, and gets the recorded status.
// The secrets are in the environment, as the notice says that comes with a copy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { browser, eventually, flowShown, folder, open, start } from "./support.mjs";

const exec = promisify(execFile);

/** What runs a program of each form, and where it finds the certificate to trust. Programs print the status first. */
const forms = [
  { name: "as curl", file: "p.sh", run: ["sh", "p.sh"], trust: "CURL_CA_BUNDLE", needs: ["curl", "--version"],
    finish: (code) => `${code.trimEnd()} --silent --output /dev/null --write-out '%{http_code} '` },
  { name: "as fetch (JavaScript)", file: "p.mjs", run: [process.execPath, "p.mjs"], trust: "NODE_EXTRA_CA_CERTS" },
  { name: "as Python (requests)", file: "p.py", run: ["python3", "p.py"], trust: "REQUESTS_CA_BUNDLE", needs: ["python3", "-c", "import requests"] },
];

/** Flows, each by a filter that selects it and others like it. What they send may be sent again. */
const flows = [
  "method:POST path:/oauth/token status:200", // a form with a password
  "method:GET path:/api/v1/accounts/me status:200",
  "method:GET path:/api/v1/accounts/me status:401",
  "method:GET path:/api/v1/products status:200", // a query
  "method:PATCH path:/api/v1/accounts/me status:200", // a merge patch
  "method:POST path:/api/v1/products status:409", // JSON, with a name and a password
  "method:GET path:/p/* status:302", // a redirect, which is not followed
  "method:OPTIONS path:/api/v1/orders status:204",
];

test("copied programs run", async (t) => {
  const dir = join(folder(t), "demo");
  const demo = await start(t, ["demo", "--ui", "--no-open", "--dir", dir], [/page at (\S+)/, /(All of it worked)/]);
  const page = await open(t, await browser(t), demo.found[0]);

  /** Opens the first flow that a filter selects. Returns its status. */
  const show = async (filter) => {
    await page.evaluate((f) => { location.hash = "#/traffic?filter=" + encodeURIComponent(f); }, filter);
    const status = /status:(\d+)/.exec(filter)[1];
    await page.getByText(/^[\d,]+ of [\d,]+/).waitFor();
    const row = page.locator(".traffic .flow:not(.head)").filter({ has: page.locator(".c-status", { hasText: status }) }).first();
    const seq = (await row.getAttribute("id")).slice("flow-".length);
    await row.click();
    await flowShown(page, seq);
    return status;
  };
  const reveal = async (tab, button) => {
    await page.getByRole("tab", { name: tab, exact: true }).click();
    await page.getByRole("button", { name: button, exact: true }).first().click();
  };

  const secrets = {};
  await show(flows[0]);
  await reveal("Request", "Reveal secrets");
  const password = page.locator(".content .cm-line", { hasText: /^password = / });
  await eventually(async () => assert.ok(!(await password.locator(".secret").count())));
  secrets.PASSWORD = (await password.innerText()).slice("password = ".length);
  /** Reveals the header of a flow, which is hidden after a prefix. */
  const header = async (filter, name, prefix) => {
    await show(filter);
    await reveal("Request", "Reveal");
    const value = page.locator(".headers th", { hasText: new RegExp(`^${name}$`, "i") }).locator("xpath=following-sibling::td");
    await eventually(async () => assert.ok(!(await value.locator(".secret").count())));
    return (await value.locator("bdi").innerText()).slice(prefix.length);
  };
  secrets.API_TOKEN = await header(flows[1], "Authorization", "Bearer ");
  secrets.API_KEY = await header(flows[3], "X-Api-Key", "");
  const basic = Buffer.from(await header(flows[5], "Authorization", "Basic "), "base64").toString();
  [secrets.BASIC_USER, secrets.BASIC_PASSWORD] = basic.split(":");

  for (const form of forms) {
    await t.test(form.name, async (t) => {
      if (form.needs) {
        try {
          await exec(form.needs[0], form.needs.slice(1));
        } catch (e) {
          t.skip(`this machine cannot run ${form.needs.join(" ")}: ${e.message.split("\n")[0]}`);
          return;
        }
      }
      for (const [i, filter] of flows.entries()) {
        const status = await show(filter);
        await page.evaluate(() => navigator.clipboard.writeText(""));
        await page.getByTitle("Copy the request").click();
        await page.getByRole("menuitem", { name: form.name, exact: true }).click();
        const code = await eventually(async () => {
          const text = await page.evaluate(() => navigator.clipboard.readText());
          assert.notEqual(text, "");
          return text;
        });
        for (const [name, s] of Object.entries(secrets)) if (name !== "BASIC_USER") assert.ok(!code.includes(s), `a secret is in ${code}`);
        const at = join(dir, `program-${form.name.split(" ")[1]}-${i}`);
        mkdirSync(at);
        writeFileSync(join(at, form.file), form.finish ? form.finish(code) : code);
        const user = /username\W+(\w+)/.exec(code)?.[1]; // a program signs in as who sent the request
        const PASSWORD = user ? secrets.PASSWORD.replace(/^\w+/, user) : secrets.PASSWORD;
        const env = { ...process.env, ...secrets, PASSWORD, [form.trust]: join(dir, "ca", "ca.pem"), no_proxy: "*" };
        const { stdout } = await exec(form.run[0], form.run.slice(1), { cwd: at, env, timeout: 120_000 });
        assert.equal(stdout.split(/\s/)[0], status, `${filter} ${form.name}:\n${code}\n${stdout}`);
      }
    });
  }
});

// A page that belongs to a proxy, or to the demo, trusts the servers that these trust.
test("requests are sent again to a server with a certificate of its own", async (t) => {
  const dir = folder(t);
  const demo = await start(t, ["demo", "--ui", "--no-open", "--dir", join(dir, "demo")], [/page at (\S+)/, /API +https:(\S+),/, /(All of it worked)/]);
  const [link, api] = demo.found;
  const ca = join(dir, "ca"), certificate = join(dir, "demo", "ca", "ca.pem");
  const proxy = await start(t, ["proxy", "--ui", "--no-open", "--listen", "127.0.0.1:0", "--db", join(dir, "flows.db"), "--ca-dir", ca, "--upstream-ca", certificate],
    [/page at (\S+)/, /listening on (\S+)/]);
  await exec("curl", ["--silent", "--fail", "--proxy", "http://" + proxy.found[1], "--cacert", join(ca, "ca.pem"), `https:${api}/assets/logo.svg`]);
  const ended = await start(t, ["run", "--ui", "--no-open", "--db", join(dir, "run.db"), "--ca-dir", ca, "--upstream-ca", certificate, "--",
    "curl", "--silent", "--show-error", "--fail", "--output", join(dir, "logo"), `https:${api}/assets/logo.svg`], [/page at (\S+)/]);
  const b = await browser(t);
  for (const at of [link, proxy.found[0], ended.found[0]]) {
    const page = await open(t, b, at);
    await page.evaluate(() => { location.hash = "#/traffic?filter=" + encodeURIComponent("path:/assets/logo.svg"); });
    await page.locator(".traffic .flow:not(.head)").first().click();
    await page.getByRole("button", { name: "Replay" }).click();
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.locator(".call-answer").getByText("200").first().waitFor({ timeout: 20_000 });
    await page.close();
  }
});
