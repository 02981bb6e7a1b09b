import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

// The site is VitePress over the files as they lie, so that the same files read well in the repository. Hugo and mdBook need
// a theme or pages of their own form for that. package.json names a version of rollup for which all registries have the
// programs of each system: npm ci refuses a lock file without them.
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

// titleOf returns the first heading of a page.
const titleOf = (file) => /^# +(.+)$/m.exec(readFileSync(join(root, file), "utf8"))?.[1].replaceAll("`", "") ?? file;
const page = (file) => ({ text: titleOf(file), link: "/" + file.replace(/\.md$/, "") });
const pagesIn = (folder) =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".md") && name !== "README.md").sort().map((name) => page(folder + "/" + name));

// The groups of the side bar. What is in no group stands under More, so that no page is lost.
const groups = {
  Tutorials: ["docs/tutorials/document-an-api", "docs/tutorials/guarded-api", "docs/tutorials/api-changes-in-ci"],
  "Capture": ["docs/install", "docs/desktop", "docs/filter", "docs/redaction", "docs/configuration", "docs/page", "docs/pitfalls"],
  "Documents": ["docs/documents", "docs/overrides", "docs/ci", "docs/workflows", "docs/compact",
    "docs/inference", "docs/inference-paths", "docs/inference-schemas", "docs/inference-media"],
  "Agents": ["docs/clients", "docs/tools", "docs/serve", "docs/migrate"],
  "Gateway": ["docs/gateway", "docs/policy", "docs/approvals", "docs/pins", "docs/access"],
};
const grouped = new Set(Object.values(groups).flat().map((name) => "/" + name));
const folded = (text, items) => ({ text, items, collapsed: true });
const existing = (names) => names.map((name) => name + ".md").filter((file) => statSync(join(root, file), { throwIfNoEntry: false }));

// Folders of sources, whose pages are not part of the site.
const folders = readdirSync(root, { withFileTypes: true }).filter((d) => d.isDirectory() && d.name !== "docs").map((d) => d.name);

const source = "https://github.com/spectap/spectap/blob/main/";
const isPage = (file) => file.endsWith(".md") && !/^docs\/(site|skill)\//.test(file) && !folders.includes(file.split("/")[0]);

// linkTarget returns what a link of a page leads to on the site. Files that are not part of it are in the repository.
// What does not exist is left as it is, and fails the build.
function linkTarget(href, from) {
  const [path, anchor = ""] = href.split("#");
  if (path === "" || /^[a-z]+:/.test(path)) return href;
  const file = relative(root, resolve(root, dirname(from), path));
  if (file === "docs/decisions/README.md") return href.replace("README.md", "");
  return isPage(file) || !existsSync(join(root, file)) ? href : source + file + (anchor && "#" + anchor);
}

// adapt gives indented code the look of fenced code, and links their targets.
function adapt(state) {
  for (const token of state.tokens) {
    if (token.type === "code_block") Object.assign(token, { type: "fence", info: "text", markup: "```" });
    for (const child of token.children ?? []) {
      if (child.type === "link_open") child.attrSet("href", linkTarget(child.attrGet("href"), state.env.relativePath));
    }
  }
}

// slugify makes the anchors of GitHub, where the same pages are read.
const slugify = (text) => text.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");

const icon = "data:image/svg+xml," + encodeURIComponent(readFileSync(join(root, "page/web/icon.svg"), "utf8"));

// plainText shows templates such as {{name}} and <id> as they are, and hides comments: no page has components.
function plainText(md) {
  md.core.ruler.before("normalize", "comments", (state) => { state.src = state.src.replace(/^<!--.*?-->$/gm, ""); });
  md.core.ruler.after("inline", "adapt", adapt);
  const text = md.renderer.rules.text;
  md.renderer.rules.text = (...args) => text(...args).replaceAll("{{", "&#123;&#123;");
}

// refuseDeadAnchors fails the build if a link of a page names a heading that its target does not have.
function refuseDeadAnchors({ outDir }) {
  const pages = new Map(readdirSync(outDir, { recursive: true }).filter((name) => name.endsWith(".html"))
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(outDir, name), "utf8")]));
  const dead = [];
  for (const [name, html] of pages) {
    for (const [, href] of html.matchAll(/<a[^>]* href="([^":]*#[^"]+)"/g)) {
      const to = new URL(href, "http://site/" + name);
      const target = pages.get(to.pathname.replace(/\/$/, "/index.html").slice(1));
      if (!target?.includes(` id="${decodeURIComponent(to.hash.slice(1))}"`)) dead.push(`${name}: ${href}`);
    }
  }
  if (dead.length > 0) throw new Error("dead anchors:\n" + dead.join("\n"));
}

export default defineConfig({
  title: "spectap",
  description: "Tap HTTP traffic, get an API that an agent can use safely",
  srcDir: root,
  outDir: join(root, "bin", "site"),
  cacheDir: join(root, "bin", "site-cache"),
  srcExclude: [...folders.map((name) => name + "/**"), "docs/site/**", "docs/skill/**"],
  rewrites: { "README.md": "index.md", "docs/decisions/README.md": "docs/decisions/index.md" },
  cleanUrls: false,
  lastUpdated: false,
  markdown: { html: false, linkify: false, attrs: { disable: true }, anchor: { slugify }, config: plainText,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" } },
  buildEnd: refuseDeadAnchors,
  // The names of languages have too little contrast by default.
  head: [["link", { rel: "icon", href: icon }], ["style", {}, ":root { --vp-code-lang-color: var(--vp-c-text-2); }"]],
  // The pages lie outside of the folder that has Vue.
  vite: {
    resolve: {
      alias: ["vue/server-renderer", "vue"].map((name) => ({ find: new RegExp(`^${name}$`), replacement: join(root, "docs/site/node_modules", name) })),
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Start", link: "/" },
      { text: "Commands", link: "/docs/reference/commands" },
      { text: "Changes", link: "/CHANGELOG" },
    ],
    sidebar: [
      ...Object.entries(groups).map(([text, names]) => ({ text, items: existing(names).map(page) })),
      folded("Reference", pagesIn("docs/reference").concat([folded("Each command", pagesIn("docs/reference/commands"))])),
      folded("More", pagesIn("docs").filter((p) => !grouped.has(p.link)).concat(["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"].map(page))),
      folded("Decisions", pagesIn("docs/decisions")),
    ],
  },
});
