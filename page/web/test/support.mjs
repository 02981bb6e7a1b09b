// What the tests of the page share: the program, servers to record, and a browser.
//
// SPECTAP names the program (default: bin/spectap of this repository), CHROMIUM the browser, and
// SCREENSHOTS a folder to keep pictures in.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

// Exports are kept for comparisons: not among those of the person who tests.
process.env.XDG_STATE_HOME ??= mkdtempSync(join(tmpdir(), "spectap-page-state-"));
process.on("exit", () => process.env.XDG_STATE_HOME.includes("spectap-page-state-") && rmSync(process.env.XDG_STATE_HOME, { recursive: true, force: true }));

export const program = resolve(process.env.SPECTAP ?? join(import.meta.dirname, "../../../bin/spectap"));
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const cleanups = new WeakMap();

/**
 * Calls f after the test. What came last is ended first, unlike with t.after: a program that uses a folder ends before
 * the folder is removed, and a page is judged before its server ends.
 */
export function cleanup(t, f) {
  let list = cleanups.get(t);
  if (!list) {
    cleanups.set(t, (list = []));
    t.after(async () => {
      let failed;
      for (const f of list.reverse()) {
        try {
          await f();
        } catch (e) {
          failed ??= e;
        }
      }
      if (failed) throw failed;
    });
  }
  list.push(f);
}

/** Returns a new folder that is removed after the test. */
export function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), "spectap-page-"));
  cleanup(t, () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a command of the program to its end. */
export function run(...args) {
  return promisify(execFile)(program, args, { maxBuffer: 64 << 20 });
}

/** A program is being stopped, so that its page loses the connection. */
let stopping = false;

/** Starts a command of the program and waits for what it prints. Returns the matches of the patterns. */
export async function start(t, args, patterns) {
  stopping = false;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((done) => child.on("exit", done));
  cleanup(t, async () => {
    stopping = true;
    child.kill("SIGINT");
    await ended;
    for (const line of it.output.split("\n")) if (/level=(WARN|ERROR)/.test(line)) t.diagnostic(line);
  });
  const it = { output: "", child };
  const found = patterns.map((p) => new Promise((done, fail) => {
    const look = () => {
      const m = p.exec(it.output);
      if (m) done(m[1]);
    };
    for (const s of [child.stdout, child.stderr]) s.on("data", () => setImmediate(look));
    ended.then((status) => fail(new Error(`spectap ${args.join(" ")} ended with ${status}:\n${it.output}`)));
  }));
  for (const s of [child.stdout, child.stderr]) s.on("data", (d) => (it.output += d));
  it.found = await Promise.all(found);
  return it;
}

/** Serves the page of a store. Returns its link. */
export async function servePage(t, db, ...args) {
  const p = await start(t, ["ui", "--no-open", "--db", db, ...args], [/page at (\S+)/]);
  return Object.assign(p, { link: p.found[0] });
}

/** The browser that people use. */
export const whole = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The same without windows, if it is there: that takes half of the processor's time. */
const shell = "/usr/bin/chromium-headless-shell";

/** Starts a browser for a test. */
export async function browser(t, executablePath = process.env.CHROMIUM ?? (existsSync(shell) ? shell : whole), args = []) {
  const b = await chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
  cleanup(t, () => b.close());
  return b;
}

/** Opens the page. The test fails if a script of it fails, or if the policy blocks something. */
export async function open(t, b, link, { width = 1280, height = 800, colorScheme = "light", problems = [] } = {}) {
  const context = await b.newContext({ viewport: { width, height }, colorScheme, permissions: ["clipboard-read", "clipboard-write"] });
  context.setDefaultTimeout(90_000); // others may have the processor
  const page = await context.newPage();
  page.on("pageerror", (e) => problems.push(`script: ${e.message}`));
  page.on("console", (m) => m.type() === "error" && !(stopping && m.text().includes("net::ERR_")) && problems.push(`console: ${m.text()}`));
  page.on("dialog", (d) => { problems.push(`dialog: ${d.message()}`); void d.dismiss(); });
  page.on("request", (r) => {
    if (!r.url().startsWith(new URL(link).origin) && !r.url().startsWith("blob:")) problems.push(`request to ${r.url()}`);
  });
  page.problems = problems;
  cleanup(t, () => assert.deepEqual(problems, []));
  await page.goto(link);
  return page;
}

/**
 * Lists the fields whose edge does not stand out, and the filled buttons whose focus ring does not, by 3 to 1 (WCAG
 * 1.4.11), which axe-core does not judge.
 */
function unclear() {
  const light = (c) => {
    const [r, g, b] = c.match(/[\d.]+/g).map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const differ = (a, b) => Math.max(light(a) / light(b), light(b) / light(a)) >= 3;
  const behind = (e) => {
    while (e.parentElement && getComputedStyle(e).backgroundColor === "rgba(0, 0, 0, 0)") e = e.parentElement;
    return getComputedStyle(e).backgroundColor;
  };
  const out = [];
  for (const e of document.querySelectorAll("input:not([type=checkbox], [type=file]), select, textarea, .filter-input")) {
    if (!e.disabled && !differ(getComputedStyle(e).borderTopColor, behind(e.parentElement))) out.push("edge of " + e.outerHTML.slice(0, 200));
  }
  const at = document.activeElement;
  for (const e of document.querySelectorAll("button.filled:not(:disabled)")) {
    e.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement === e && !differ(getComputedStyle(e).outlineColor, behind(e))) out.push("focus ring of " + e.outerHTML);
  }
  at?.focus({ preventScroll: true });
  return out;
}

/** Fails if axe-core finds a violation of WCAG 2.2 AA, or a field or a focus ring hardly shows. */
export async function checkAccessibility(page, what) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Runtime.evaluate", { expression: axeSource }); // the policy of the page does not apply to it
  const { result } = await cdp.send("Runtime.evaluate", {
    awaitPromise: true, returnByValue: true,
    expression: `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
      r.violations.map(v => v.id + ": " + v.help + "\\n    " + v.nodes.slice(0, 4).map(n => n.html.slice(0, 200) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? "")).join("\\n    ")))`,
  });
  assert.deepEqual(result.value, [], what);
  assert.deepEqual(await page.evaluate(unclear), [], what);
}

/** Keeps a picture of the page if SCREENSHOTS is set. */
export async function picture(page, name) {
  const dir = process.env.SCREENSHOTS;
  if (!dir) return;
  mkdirSync(dir, { recursive: true });
  await page.screenshot({ path: join(dir, name + ".png") });
}

/** Waits until f, which reads the page or a command, fails no more, and returns what it returned. */
export async function eventually(f, timeout = 60_000) {
  for (const end = Date.now() + timeout; ; await new Promise((r) => setTimeout(r, 50))) {
    try {
      return await f();
    } catch (e) {
      if (Date.now() > end) throw e;
    }
  }
}

/** Waits until a flow is shown: the part of the page is there before its data, with that of the flow before. */
export async function flowShown(page, seq) {
  await page.locator(`section.detail[aria-label="Flow ${seq}"][aria-busy=false]`).waitFor();
}

/**
 * Clicks a button of the page in the moment when it appears, as the second half of a double click may. Returns a
 * function that waits for the click.
 */
export async function clickAtOnce(page, name) {
  await page.evaluate((name) => {
    window.clicked = new Promise((done) => {
      const o = new MutationObserver(() => {
        const b = [...document.querySelectorAll("button")].find((b) => b.textContent === name);
        if (!b) return;
        o.disconnect();
        b.click();
        done();
      });
      o.observe(document.body, { childList: true, subtree: true });
    });
  }, name);
  return () => page.evaluate(() => window.clicked);
}

/** Returns a list to which each request of the page to a path is added. */
export function counted(page, path) {
  const list = [];
  page.on("request", (r) => r.url().endsWith(path) && list.push(r));
  return list;
}

/** Waits until an expression of the page, or a function, is true, and returns it. */
export async function until(page, f, timeout = 60_000) {
  // waitForFunction would evaluate text in the page, which its policy forbids.
  for (const end = Date.now() + timeout; ; await new Promise((r) => setTimeout(r, 50))) {
    const v = await page.evaluate(f);
    if (v) return v;
    if (Date.now() > end) throw new Error(`never true: ${f}`);
  }
}
