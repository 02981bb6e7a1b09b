import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

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
  "Documents": ["docs/documents", "docs/overrides", "docs/ci", "docs/compact",
    "docs/inference", "docs/inference-paths", "docs/inference-schemas", "docs/inference-media"],
  "Agents": ["docs/clients", "docs/tools", "docs/serve", "docs/migrate"],
  "Gateway": ["docs/gateway", "docs/policy", "docs/approvals", "docs/grants", "docs/pins", "docs/oauth"],
};
const grouped = new Set(Object.values(groups).flat().map((name) => "/" + name));
const folded = (text, items) => ({ text, items, collapsed: true });
const existing = (names) => names.map((name) => name + ".md").filter((file) => statSync(join(root, file), { throwIfNoEntry: false }));

// Folders of sources, whose pages are not part of the site.
const folders = readdirSync(root, { withFileTypes: true }).filter((d) => d.isDirectory() && d.name !== "docs").map((d) => d.name);

// plainText shows templates such as {{name}} and <id> as they are, and hides comments: no page has components.
function plainText(md) {
  md.core.ruler.before("normalize", "comments", (state) => { state.src = state.src.replace(/^<!--.*?-->$/gm, ""); });
  const text = md.renderer.rules.text;
  md.renderer.rules.text = (...args) => text(...args).replaceAll("{{", "&#123;&#123;");
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
  // Sources are not pages of the site. Every other link must lead to a page, or the build fails.
  ignoreDeadLinks: [new RegExp(`^[./]*(${folders.filter((name) => /^\w/.test(name)).join("|")}|docs/skill|skill)(/|$)`), /LICENSE$/],
  markdown: { html: false, linkify: false, attrs: { disable: true }, config: plainText },
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
