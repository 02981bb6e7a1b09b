import { cursorDocEnd, cursorDocStart, standardKeymap } from "@codemirror/commands";
import { foldable, foldCode, foldEffect, foldGutter, foldService, toggleFold, unfoldCode } from "@codemirror/language";
import { Compartment, EditorState, Prec, Text as Doc, type Extension } from "@codemirror/state";
import {
  Decoration, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, MatchDecorator, ViewPlugin, WidgetType, type ViewUpdate,
} from "@codemirror/view";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { notify } from "../parts/notice";
import { marked, markOf, Text, traceOf, traceTitle } from "../parts/text";
import { editorTheme, viewTheme } from "./editor";
import { insideOf, pathOf, type Continues } from "./indent";
import { formLines, hexLines, jsonLines, numbered, textLines, xmlLines } from "./lines";
import { useSearch } from "./search";

/** The tokens of a line: the class of each is that of the group that matches. Tokens do not depend on earlier lines. */
const tokens = {
  json: /(?<key>"(?:\\.|[^"\\])*"(?=\s*:))|(?<string>"(?:\\.|[^"\\])*"?)|(?<number>-?\b\d[\d.eE+-]*)|(?<literal>\b(?:true|false|null)\b)/g,
  yaml: /(?<key>(?<=^[\s-]*)(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s"'#:-][^:#]*|-[^\s:#]+)(?=:(?:\s|$)))|(?<note>(?<=^|\s)#.*)|(?<string>(?<=[\s:-])(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'))|(?<number>(?<=[:-] )-?\d[\d.eE+-]*(?=\s*$))|(?<literal>(?<=[:-] )(?:true|false|null|~)(?=\s*$))/g,
  xml: /(?<note><!--.*?(?:-->|$))|(?<key><[/!?]?[\w:.-]+|[/?]?>)|(?<number>[\w:.-]+(?==["']))|(?<string>(?<==)(?:"[^"]*"|'[^']*'))/g,
  form: /(?<key>^.*?)(?= = )/g,
  hex: /(?<note>^[0-9a-f]{8}(?=  ))/g,
  diff: /(?<string>^\+.*)|(?<removed>^-.*)|(?<note>^@@.*)/g,
};

type Form = { name: string; lines: (content: never) => Iterable<string>; syntax?: keyof typeof tokens; numbers?: boolean; folds?: boolean };

const forms = {
  json: { name: "JSON", lines: jsonLines, syntax: "json", folds: true },
  xml: { name: "Text", lines: xmlLines, syntax: "xml", numbers: true, folds: true },
  html: { name: "Text", lines: (text: string) => xmlLines(text, true), syntax: "xml", numbers: true, folds: true },
  yaml: { name: "Text", lines: textLines, syntax: "yaml", numbers: true, folds: true },
  "raw json": { name: "Text", lines: textLines, syntax: "json", numbers: true },
  text: { name: "Text", lines: textLines, numbers: true },
  form: { name: "Fields", lines: formLines, syntax: "form" },
  hex: { name: "Bytes in hexadecimal", lines: hexLines, syntax: "hex" },
  diff: { name: "Changes of the document", lines: textLines, syntax: "diff" },
} satisfies Record<string, Form>;

/** The duration of a slice of work in milliseconds, and the number of lines added to the editor at once. */
const slice = 12, manyLines = 50_000;

interface Props {
  content: string | Uint8Array;
  form: keyof typeof forms;
  /** The line that is shown first, from 1; 0 for none. */
  line?: number;
}

/** A read-only editor for a content, with search, folding and copying. */
export function CodeView({ content, form, line = 0 }: Props) {
  const { lines, folds }: Form = forms[form];
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const numbers = useRef<number[]>([]); // of the lines, 0 for one that continues the line before
  const timer = useRef(0);
  const left = useRef({ lines: 0, line: 0 }); // the scroll position of the content before, kept when its secrets are revealed
  const [whole, setWhole] = useState<Doc>();
  const [bad, setBad] = useState(false);
  const [path, setPath] = useState("$");
  const continues = (line: number) => numbers.current[line - 1] === 0;
  const search = useSearch(whole, continues, (pattern) => view.current?.dispatch({ effects: found.reconfigure(pattern ? marks(pattern, () => mark("found")) : []) }),
    (from, to) => view.current?.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) }));

  const unfold = () => {
    clearTimeout(timer.current);
    view.current!.dispatch({ effects: folding.reconfigure([]) });
    if (folds) view.current!.dispatch({ effects: folding.reconfigure(foldingOf(view.current!.state.doc, continues)) });
  };
  const fold = () => {
    unfold();
    const { state } = view.current!;
    const inner = Array.from(state.doc.iterLines(), (text, i) => (/^ {2}\S/.test(text) ? i + 1 : 0)).filter((n) => n > 0 && !continues(n));
    const some = () => { // in slices: all at once would take seconds
      const ranges = inner.splice(0, 1000).map((n) => foldable(state, state.doc.line(n).from, state.doc.line(n).to));
      view.current!.dispatch({ effects: ranges.filter((r) => r !== null).map((r) => foldEffect.of(r)) });
      if (inner.length > 0) timer.current = setTimeout(some, 0);
    };
    some();
  };

  useLayoutEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const v = (view.current = new EditorView({
      root, parent: root,
      extensions: [
        extensions(forms[form], numbers.current = []), keymap.of([{ key: "Mod-f", run: () => (search.focus(), true) }]),
        EditorView.updateListener.of((u) => {
          if (form === "json" && u.selectionSet) setPath(pathOf(u.state.doc, u.state.doc.lineAt(u.state.selection.main.head).number, continues));
        }),
      ],
    }));
    const source = numbered(lines(content as never));
    let batch: string[] = [];
    const append = () => {
      let step;
      for (const stop = performance.now() + slice; performance.now() < stop && !(step = source.next()).done; ) {
        batch.push(step.value.text);
        numbers.current.push(step.value.number);
      }
      const first = batch.length === numbers.current.length;
      if (step?.done || first || batch.length > manyLines) {
        v.dispatch({ changes: { from: v.state.doc.length, insert: Doc.of(first && batch.length > 0 ? batch : ["", ...batch]) } });
        batch = [];
      }
      if (!step?.done) return void (timer.current = setTimeout(append, 0));
      unfold();
      setWhole(v.state.doc);
      try {
        if (form === "json") JSON.parse(content as string);
      } catch {
        setBad(true);
      }
      const shown = numbers.current.indexOf(line || NaN) + 1 || (left.current.lines === v.state.doc.lines ? left.current.line : 1);
      const at = v.state.doc.line(shown).from;
      if (shown > 1) v.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "start" }) });
    };
    setWhole(undefined);
    setBad(false);
    setPath("$");
    append();
    return () => {
      clearTimeout(timer.current);
      left.current = { lines: v.state.doc.lines, line: v.state.doc.lineAt(v.elementAtHeight(v.scrollDOM.scrollTop).from).number };
      v.destroy();
    };
  }, [content, form]);

  return (
    <div class="content-view" aria-busy={!whole}>
      {form !== "diff" && (
        <div class="content-tools">
          {search.field}
          {folds && <button type="button" title="Fold all" disabled={!whole} onClick={fold}>Fold</button>}
          {folds && <button type="button" title="Unfold all" disabled={!whole} onClick={unfold}>Unfold</button>}
          {form === "json" && <button type="button" class="path quiet" title="Copy the path"
            onClick={() => void navigator.clipboard.writeText(path).then(() => notify("The path is copied."))}><Text text={path} /></button>}
        </div>
      )}
      <div class="code" ref={host} />
      {bad && <p class="warn">This is not valid JSON.</p>}
    </div>
  );
}

const found = new Compartment(), folding = new Compartment();

function extensions(form: Form, numbers: number[]): Extension {
  return [
    EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: "0", "aria-label": form.name }),
    form.lines === hexLines ? [] : EditorView.lineWrapping,
    found.of([]), marks(marked, replaced),
    form.syntax ? marks(tokens[form.syntax], (m) => mark(Object.entries(m.groups!).find(([, v]) => v !== undefined)![0])) : [],
    form.numbers ? lineNumbers({ formatNumber: (n) => String(n > numbers.length ? n : numbers[n - 1] || "") }) : [],
    folding.of([]), highlightActiveLineGutter(), highlightActiveLine(),
    keymap.of([{ key: "Home", run: cursorDocStart }, { key: "End", run: cursorDocEnd }, ...standardKeymap]),
    EditorView.clipboardOutputFilter.of((text, state) => {
      const first = state.doc.lineAt(state.selection.main.from).number;
      return text.split("\n").map((t, i) => (i > 0 && numbers[first + i - 1] !== 0 ? "\n" : "") + t).join("");
    }),
    viewTheme, editorTheme,
  ];
}

/** Decorates the matches of a pattern in the viewport. */
function marks(regexp: RegExp, decoration: (m: RegExpExecArray) => Decoration): Extension {
  const matches = new MatchDecorator({ regexp, decoration });
  return ViewPlugin.define((view) => ({
    set: matches.createDeco(view),
    update(u: ViewUpdate) {
      if (u.docChanged || u.viewportChanged) this.set = matches.createDeco(u.view);
    },
  }), { decorations: (p) => p.set });
}

const mark = (name: string) => Decoration.mark({ class: name });

/** Replaces a placeholder or hidden characters by a mark. */
const replaced = ([text]: RegExpExecArray) => Decoration.replace({ widget: new Mark(text) });

class Mark extends WidgetType {
  constructor(readonly of: string) {
    super();
  }

  override eq(other: Mark) {
    return other.of === this.of;
  }

  toDOM() {
    const { text, title, class: className } = markOf(this.of);
    if (className === "secret") return Object.assign(document.createElement("a"), { className, title: traceTitle, textContent: text, href: traceOf(this.of) });
    return Object.assign(document.createElement("span"), { className, title, textContent: text });
  }
}

function foldingOf(doc: Doc, continues: Continues): Extension {
  const ranges = new Map<number, ReturnType<typeof insideOf>>();
  return [
    foldService.of((_, from) => {
      if (!ranges.has(from)) ranges.set(from, insideOf(doc, doc.lineAt(from).number, continues));
      return ranges.get(from)!;
    }),
    foldGutter({ openText: "▾", closedText: "▸" }),
    Prec.high(keymap.of([{ key: "ArrowLeft", run: foldCode }, { key: "ArrowRight", run: unfoldCode }, { key: "Enter", run: toggleFold }, { key: "Space", run: toggleFold }])),
  ];
}
