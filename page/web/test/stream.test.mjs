// The stream of a language model: the assembled message, its events, and secrets that are split over them.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, checkAccessibility, flowShown, folder, open, picture, run, servePage, until } from "./support.mjs";

test("the message of a stream", async (t) => {
  const golden = readFileSync(join(import.meta.dirname, "../../../flow/delta/testdata/anthropic.txtar"), "utf8");
  const text = golden.split(/^-- .* --\n/m)[1].replace('"{\\"city\\":"', '"{\\"city\\":\\"Paris\\",\\"password\\":\\"hunt"').replace('" \\"Paris\\"}"', '"er2x9\\"}"');
  assert.match(text, /er2x9/);
  const dir = folder(t);
  const type = "text/event-stream; charset=utf-8";
  writeFileSync(join(dir, "a.har"), JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries: [{
    startedDateTime: "2026-01-01T00:00:00Z", time: 5, cache: {}, timings: { send: 0, wait: 5, receive: 0 },
    request: { method: "POST", url: "https://api.example.com/v1/messages", httpVersion: "HTTP/1.1", cookies: [], headers: [], queryString: [], headersSize: -1, bodySize: 0 },
    response: { status: 200, statusText: "OK", httpVersion: "HTTP/1.1", cookies: [], headers: [{ name: "Content-Type", value: type }],
      redirectURL: "", headersSize: -1, bodySize: text.length, content: { size: text.length, mimeType: type, text } },
  }] } }));
  await run("import", join(dir, "a.har"), "--db", join(dir, "s.db"));
  const { link } = await servePage(t, join(dir, "s.db"));
  const b = await browser(t);
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(t, b, link, { colorScheme });
    await until(page, () => document.querySelectorAll(".traffic [role=row]").length > 1);
    await page.evaluate(() => { location.hash = "#/traffic/1"; });
    await flowShown(page, 1);
    const answer = page.getByRole("region", { name: "Message" });
    await answer.getByText("Let me look.").waitFor();
    await answer.getByText("get_weather").waitFor();
    await answer.locator(".secret").waitFor();
    await picture(page, "stream-" + colorScheme);
    await checkAccessibility(page, "the message of a stream, " + colorScheme);
    await page.getByRole("button", { name: "Reveal secrets" }).click();
    await answer.getByText("hunter2x9").waitFor();
    await page.getByRole("button", { name: "Hide secrets" }).click();
    await answer.locator(".secret").waitFor();
    await page.getByRole("button", { name: "Events", exact: true }).click();
    await page.getByRole("listbox", { name: "18 events" }).waitFor();
  }
});
