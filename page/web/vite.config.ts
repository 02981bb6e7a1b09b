import { defineConfig } from "vite";

// Each panel is a file of its own with a style sheet, which the page loads when its tab is first
// opened. Names have no hashes, so that a change of one panel changes its files only.
const panelOf = (file: string | null | undefined) => /src\/([^/]+)\/panel\.tsx$/.exec(file ?? "")?.[1];

export default defineConfig({
  base: "/assets/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../assets/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsDir: "",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: "page.js",
        chunkFileNames: (c) => (panelOf(c.facadeModuleId) ?? c.name) + ".js",
        assetFileNames: (a) => (panelOf(a.originalFileNames[0]) ?? "[name]") + "[extname]",
        codeSplitting: {
          groups: [
            { name: "parts", test: /node_modules\/(?!uplot|@codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname)|src\/(parts\/(?!plot)|wire)/ },
            { name: "editor", test: /node_modules\/(?!uplot)|src\/content\// },
            { name: "plot", test: /node_modules\/uplot|src\/parts\/plot/ },
          ],
        },
      },
    },
  },
});
