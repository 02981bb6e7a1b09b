import { EditorView } from "@codemirror/view";

// Editors live in a shadow root, where CodeMirror adds its styles by script. The policy of the page
// allows no style elements in the document.

/** The look of editors. The variables of the page's style sheet reach into shadow roots. */
export const editorTheme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", padding: "5px 0" },
  ".cm-scroller": { overflow: "hidden" }, // one line scrolls with the cursor
  ".cm-placeholder": { color: "var(--faint)", maxWidth: "100%", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", color: "var(--text)", borderRadius: "6px", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "18em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.85", marginLeft: "1.5em" },
  ".mistake": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
});

/** The look of contents, which can only be read. */
export const viewTheme = EditorView.theme({
  "&": { minHeight: "0" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { overflow: "auto", fontSize: "12.5px", lineHeight: "18px !important" },
  ".cm-content": { padding: "0" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--faint)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--accent-soft)" },
  ".cm-activeLineGutter": { color: "var(--text)" },
  ...Object.fromEntries(["key", "string", "number", "literal"].map((t) => ["." + t, { color: `var(--j-${t})` }])),
  ".removed": { color: "var(--bad)" },
  ".note": { color: "var(--faint)" },
  ".cm-foldPlaceholder": { color: "var(--soft)", backgroundColor: "var(--bg)", border: "1px solid var(--line)", padding: "0 .4em" },
  ".found": { backgroundColor: "var(--found)", borderRadius: "2px" },
  ".secret": { background: "var(--sunk)", border: "1px dashed var(--faint)", color: "var(--soft)", borderRadius: "4px", padding: "0 .35em", fontSize: ".85em" },
  ".hidden-char": { background: "var(--warn)", color: "var(--bg)", borderRadius: "3px", padding: "0 .25em", fontSize: ".75em", fontWeight: "600" },
});
