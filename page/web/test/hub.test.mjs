// The panel Hub: what the sources of a hub have recorded is shown as it comes, at all ends of the way.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, folder, open, picture, run, servePage, start } from "./support.mjs";

const har = (paths) => JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries: paths.map((path) => ({
  startedDateTime: "2026-01-02T03:04:05Z", time: 1, cache: {}, timings: { send: 0, wait: 1, receive: 0 },
  request: { method: "GET", url: "https://a.example" + path, httpVersion: "HTTP/1.1", headers: [], queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
  response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", headers: [], cookies: [], content: { size: 2, mimeType: "application/json", text: "{}" },
    redirectURL: "", headersSize: -1, bodySize: 2 },
})) } });

test("hub", async (t) => {
  const dir = folder(t);
  const at = (name) => join(dir, name);
  writeFileSync(at("a.har"), har(["/users/1", "/users/2", "/users/3"]));
  writeFileSync(at("b.har"), har(["/orders/1", "/orders/2"]));
  const b = await browser(t);

  await t.test("a log, and the spool of a proxy that sends to it", async (t) => {
    const hub = await start(t, ["hub", "--jetstream", "--listen", "127.0.0.1:0", "--dir", at("log")], [/listening on (nats:\S+)/]);
    const db = hub.found[0] + "/shop";
    await run("import", "--db", db, "--source", "first", at("a.har"));
    const proxy = await start(t, ["proxy", "--db", db, "--spool", at("spool.db"), "--source", "pod-1", "--listen", "127.0.0.1:0", "--ui", "--no-open"], [/page at (\S+)/]);
    const { link } = await servePage(t, db, "--cache", at("cache"));
    const page = await open(t, b, link);
    await page.getByRole("tab", { name: "Hub" }).click();
    const row = (name) => page.getByRole("row", { name });
    await row(/first/).getByText("ended").waitFor();
    await row(/pod-1/).waitFor();
    await page.getByText("stored at the hub").waitFor();
    await page.getByText(/2 sources, everything recorded is at the hub/).waitFor();
    await picture(page, "hub-log");
    await checkAccessibility(page, "the panel of a hub");
    await run("import", "--db", db, "--source", "second", at("b.har"));
    await row(/second/).getByRole("cell", { name: "2" }).first().waitFor();
    await page.getByText(/3 sources, .*everything at the hub is here/).waitFor();

    const spool = await open(t, b, proxy.found[0], { width: 400, height: 700, colorScheme: "dark" });
    await spool.getByRole("tab", { name: "Hub" }).waitFor();
    const shown = () => spool.getByText("sends to").waitFor({ timeout: 2000 }).then(() => true, () => false);
    let tries = 0;
    do await spool.keyboard.press("5"); // by keyboard, which the page may not read yet when it shows the tab
    while (!(await shown()) && ++tries < 20);
    await spool.getByText("sends to").waitFor();
    await spool.getByRole("row", { name: /pod-1/ }).waitFor();
    await picture(spool, "hub-spool-400-dark");
    await checkAccessibility(spool, "the panel of a spool at 400 pixels");

    hub.child.kill("SIGINT");
    await page.getByRole("alert").getByText("The hub cannot be read at present").waitFor();
    await row(/second/).waitFor();
    await picture(page, "hub-away");
    await checkAccessibility(page, "a hub that is away");
    await page.setViewportSize({ width: 400, height: 700 });
    await page.emulateMedia({ colorScheme: "dark" });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    await picture(page, "hub-away-400-dark");
  });

  await t.test("a hub without sources; other stores have no such tab", async (t) => {
    const hub = await start(t, ["hub", "--jetstream", "--listen", "127.0.0.1:0", "--dir", at("empty")], [/listening on (nats:\S+)/]);
    const page = await open(t, b, (await servePage(t, hub.found[0] + "/shop", "--cache", at("none"))).link);
    await page.getByRole("tab", { name: "Hub" }).click();
    await page.getByText("No source has reported yet.").waitFor();
    await checkAccessibility(page, "a hub without sources");
    await run("import", "--db", at("own.db"), at("a.har"));
    const other = await open(t, b, (await servePage(t, at("own.db"))).link);
    await other.getByRole("row", { name: /users/ }).first().waitFor();
    assert.equal(await other.getByRole("tab", { name: "Hub" }).count(), 0);
    await other.goto(other.url().replace(/#.*/, "") + "#/hub");
    await other.getByText("has nothing to do with a hub").waitFor();
  });
});
