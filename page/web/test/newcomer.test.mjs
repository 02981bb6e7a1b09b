// What a newcomer does with a single-page app in a real browser behind the real proxy: see its traffic and messages as they
// come, see the API as it is learned, correct it, and call it. By mouse, and by keyboard alone.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { serveApp } from "./app.mjs";
import { browser, cleanup, eventually, folder, open, picture, run, start, until } from "./support.mjs";

/** Moves the focus forward until it is at what has a name, as a screen reader says it. */
async function tabTo(page, name) {
  for (let i = 0; i < 80; i++) {
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      return e?.getAttribute("aria-label") ?? e?.labels?.[0]?.textContent ?? e?.textContent ?? "";
    });
    if (at.startsWith(name)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the focus never came to ${name}`);
}

/** Waits until the form has the values of a flow. */
const filled = (page) => eventually(async () => assert.notEqual(await page.getByLabel("text", { exact: true }).inputValue(), ""));

const rowOf = (path) => `[...document.querySelectorAll(".traffic .flow:not(.head)")].filter((r) => r.querySelector(".c-path").textContent === ${JSON.stringify(path)})`;

/** The steps by mouse. */
const mouse = (page) => ({
  openFlow: (path) => page.getByRole("row").filter({ has: page.locator(".c-path", { hasText: new RegExp(`^${path}$`) }) }).first().click(),
  panel: (name) => page.getByRole("tab", { name, exact: true }).click(),
  openOperation: (method, path) => page.getByRole("row").filter({ has: page.locator(".method", { hasText: method }) })
    .filter({ has: page.locator(`.path[aria-label$="${path.replace("/api", "")}"]`) }).first().click(), // which the server has
  async rename(to) {
    await page.getByRole("region", { name: "Operation", exact: true }).getByRole("button", { name: "Correct", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Correct" });
    await dialog.getByLabel("Is different").selectOption({ label: "it has another name (operationId)" });
    await dialog.getByLabel("New name").fill(to);
    await dialog.getByRole("button", { name: "Correct", exact: true }).click();
  },
  closeDialog: () => page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).first().click(),
  call: () => page.getByRole("region", { name: "Operation", exact: true }).getByRole("link", { name: "Call" }).click(),
  async fill(text) {
    await page.getByLabel("Fill from").selectOption({ index: 1 });
    await filled(page);
    await page.getByLabel("text", { exact: true }).fill(text);
  },
  send: () => page.getByRole("button", { name: "Send POST" }).click(),
});

/** The steps by keyboard alone: nothing is focused or filled in by the test. */
const keyboard = (page) => {
  const key = async (...keys) => { for (const k of keys) await page.keyboard.press(k); };
  return {
    async openFlow(path) {
      await key("Escape", "/", "Control+a");
      await page.keyboard.type(`path:${path}`);
      await key("Enter");
      await until(page, `${rowOf(path)}.length === 1 && document.querySelectorAll(".traffic .flow:not(.head)").length === 1`);
      await key("Escape", "j", "Enter");
    },
    async panel(name) {
      await key({ Traffic: "1", API: "2", Call: "3" }[name]);
    },
    async openOperation(method, path) {
      await key("/", "Control+a");
      await page.keyboard.type(`${method} ${path}`);
      await page.getByText(/^1 of \d+ operations/).waitFor();
      await key("Enter", "j");
    },
    async rename(to) {
      await page.getByRole("tree").first().waitFor();
      await key("c");
      await page.getByRole("dialog", { name: "Correct" }).waitFor();
      await key("Tab"); // from the thing to what is different, whose first choice is the name
      await until(page, () => document.activeElement?.selectedOptions?.[0].textContent === "it has another name (operationId)");
      await key("Tab", "Control+a");
      await page.keyboard.type(to);
      await key("Enter");
    },
    closeDialog: () => key("Escape"),
    async call() {
      await tabTo(page, "Call");
      await key("Enter");
    },
    async fill(text) {
      await page.getByLabel("Fill from").waitFor();
      await tabTo(page, "Fill from");
      await key("ArrowDown");
      await filled(page);
      await tabTo(page, "text");
      await key("Control+a");
      await page.keyboard.type(text);
    },
    send: () => key("Control+Enter"),
  };
};

for (const [how, steps] of [["by mouse", mouse], ["by keyboard alone", keyboard]]) {
  test(`a newcomer ${how}`, async (t) => {
    const app = await serveApp(t);
    const dir = folder(t);
    const db = join(dir, "flows.db");
    const { found: [proxy, link] } = await start(t, ["proxy", "--ui", "--no-open", "--listen", "127.0.0.1:0", "--db", db, "--ca-dir", join(dir, "ca")],
      [/listening on (\S+)/, /page at (\S+)/]);
    const b = await browser(t);
    const page = await open(t, b, link);
    cleanup(t, () => picture(page, `newcomer-end-${how.replaceAll(" ", "-")}`));
    await page.getByText("No traffic yet.").waitFor();
    const ui = steps(page);

    // The person uses the app. Its requests are rows at once.
    const context = await b.newContext({ proxy: { server: "http://" + proxy, bypass: "<-loopback>" } });
    context.setDefaultTimeout(90_000);
    const client = await context.newPage();
    await client.goto(app);
    for (const path of ["/", "/app.js", "/api/notes?limit=50", "/live", "/api/feed"]) await until(page, `${rowOf(path)}.length > 0`);
    const add = async (text) => {
      await client.getByLabel("Text").fill(text);
      await client.getByRole("button", { name: "Add" }).click();
      await client.getByRole("button", { name: text, exact: true }).waitFor();
    };
    for (const text of ["milk", "bread", "salt", "tea", "rice"]) {
      await add(text);
      await client.getByRole("button", { name: text, exact: true }).click();
      await client.waitForFunction((text) => document.title === text, text);
    }
    for (let id = 4711; id < 4716; id++) await until(page, `${rowOf("/api/notes/" + id)}.length === 1`);

    // Messages and events come while their connections are open.
    const say = async (text) => {
      await client.getByLabel("Say").fill(text);
      await client.getByLabel("Say").press("Enter");
      await client.locator("#heard").getByText(text).waitFor();
    };
    await say("hello");
    await ui.openFlow("/live");
    await page.getByRole("tab", { name: /^Messages/ }).waitFor();
    for (const text of ["hello", "again"]) {
      if (text !== "hello") await say(text);
      await page.getByRole("option").filter({ hasText: text }).nth(1).waitFor(); // and its echo
    }
    await picture(page, `newcomer-socket-${how.replaceAll(" ", "-")}`);
    await ui.openFlow("/api/feed");
    await page.getByRole("option").filter({ hasText: "rice" }).waitFor();
    await add("eggs");
    await page.getByRole("option").filter({ hasText: "eggs" }).waitFor();

    // The tree of the API is there, and fills.
    await ui.panel("API");
    for (const name of [/notes\/\{\w+\}/, /notes$/]) await page.locator("#operations").getByLabel(name).first().waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "DELETE" }).count(), 0);
    await client.getByRole("button", { name: "Delete milk" }).click();
    await page.getByRole("row").filter({ hasText: "DELETE" }).filter({ hasText: "new" }).waitFor();
    await picture(page, `newcomer-api-${how.replaceAll(" ", "-")}`);

    // A correction applies, and is in the document.
    await ui.openOperation("POST", "/api/notes");
    await page.getByRole("tree", { name: /Response 201/ }).waitFor();
    await ui.rename("addNote");
    await page.getByRole("dialog", { name: "Corrected" }).getByText("operationId: addNote").first().waitFor();
    await picture(page, `newcomer-corrected-${how.replaceAll(" ", "-")}`);
    await ui.closeDialog();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("region", { name: "Operation", exact: true }).getByText("addNote").waitFor();
    assert.match((await run("export", "--db", db)).stdout, /operationId: addNote/);

    // A call of the form reaches the app, which tells its browser.
    await ui.call();
    await ui.fill("from the page");
    await page.locator(".call-preview").getByText("from the page").first().waitFor();
    await ui.send();
    await page.locator(".call-answer .detail-head .status").getByText("201").waitFor();
    await client.locator("#news").getByText("from the page").waitFor();
    await picture(page, `newcomer-called-${how.replaceAll(" ", "-")}`);

    // The end of a socket has words.
    await client.evaluate(() => socket.close(1000, "done"));
    await page.evaluate(() => document.activeElement.blur());
    await ui.panel("Traffic");
    await ui.openFlow("/live");
    await page.getByRole("option").filter({ hasText: "1000 normal closure: done" }).waitFor();
  });
}
