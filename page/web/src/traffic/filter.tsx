// The filter bar: an editor of one line with completion, and the place of a mistake underlined. The
// fields come from the server, which also checks the text, so that there is one definition.
import {
  acceptCompletion, autocompletion, closeCompletion, completionStatus, moveCompletionSelection, selectedCompletionIndex, startCompletion,
  type CompletionContext,
} from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import type { ComponentChildren, Ref } from "preact";
import { useEffect, useImperativeHandle, useRef, useState } from "preact/hooks";
import { checkFilter, language, type Field } from "./calls.gen";
import type { FlowList } from "./list";
import { editorTheme } from "../parts/editor";

export interface FilterHandle {
  focus(): void;
}

interface Props {
  filter: string;
  list: FlowList;
  onFilter: (text: string) => void;
  handle: Ref<FilterHandle>;
  /** Buttons at the end of the bar. */
  children?: ComponentChildren;
}

export function FilterBar({ filter, list, onFilter, handle, children }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const apply = useRef(onFilter);
  apply.current = onFilter;
  const [mistake, setMistake] = useState("");

  useImperativeHandle(handle, () => ({ focus: () => view.current?.focus() }), []);

  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const v = new EditorView({ root, parent: root, state: state(filter, (v) => void check(v).catch(() => {}), (text) => apply.current(text)) });
    view.current = v;
    let latest = 0;
    async function check(v: EditorView) {
      const mine = ++latest;
      const text = v.state.doc.toString();
      const { mistake = "", column = 0 } = await checkFilter({ filter: text });
      if (mine !== latest) return;
      setMistake(mistake);
      v.dispatch(setDiagnostics(v.state, mistake ? [{ ...span(text, column), severity: "error" as const, message: mistake }] : []));
    }
    return () => v.destroy();
  }, []);

  useEffect(() => {
    const v = view.current;
    if (v && v.state.doc.toString() !== filter) v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: filter } });
  }, [filter]);

  const n = (list.version.value, list.rows.length);
  const flows = `${list.total.value.toLocaleString("en")} flow${list.total.value === 1 ? "" : "s"}`;
  return (
    <div class="filter-bar" role="search" aria-label="Flows">
      <div class="filter-input" ref={host} />
      {filter !== "" && <button type="button" class="quiet" aria-label="Clear the filter" onClick={() => onFilter("")}>✕</button>}
      <span class="filter-state" role="status">
        {mistake ? <span class="bad" title={mistake}>{mistake}</span>
          : filter === "" ? flows
            : `${n.toLocaleString("en")} of ${flows}${list.loading.value ? " …" : ""}`}
      </span>
      {children}
    </div>
  );
}

/** Returns the part of the text that a mistake at a column is in: up to the next blank. */
function span(text: string, column: number): { from: number; to: number } {
  let from = 0;
  for (const c of Array.from(text).slice(0, column - 1)) from += c.length;
  const end = text.slice(from).search(/\s/);
  const to = end <= 0 ? text.length : from + end;
  return from < to ? { from, to } : { from: Math.max(0, text.length - 1), to: text.length };
}

let fields: Field[] = [];

async function complete(c: CompletionContext) {
  if (fields.length === 0) fields = (await language({})).fields;
  const word = c.matchBefore(/[^\s()|]*/)!;
  const sign = /^[-!]?/.exec(word.text)![0].length;
  const colon = word.text.indexOf(":");
  if (colon < 0) {
    return {
      from: word.from + sign,
      options: fields.map((f) => ({ label: f.name + ":", detail: f.wants, type: "property", apply: applyField })),
      validFor: /^[a-z.]*$/,
    };
  }
  const f = fields.find((f) => f.name === word.text.slice(sign, colon).toLowerCase());
  if (!f || f.values.length === 0) return null;
  const comma = word.text.lastIndexOf(",");
  return {
    from: word.from + Math.max(colon, comma) + 1,
    options: f.values.map((v) => ({ label: v, type: "constant" })),
    validFor: /^[^\s,()]*$/,
  };
}

/** Inserts the name of a field and offers its values. */
function applyField(v: EditorView, o: { label: string }, from: number, to: number) {
  v.dispatch({ changes: { from, to, insert: o.label }, selection: { anchor: from + o.label.length } });
  startCompletion(v);
}

function state(text: string, changed: (v: EditorView) => void, submit: (text: string) => void): EditorState {
  const enter = (v: EditorView) => {
    closeCompletion(v);
    submit(v.state.doc.toString().trim());
    return true;
  };
  // Enter applies the filter as it is; Tab takes the first of the offered words.
  let awaited = false; // a Tab came before the words
  const take = (v: EditorView) => {
    const status = completionStatus(v.state);
    if (status === "pending") return (awaited = true);
    if (status !== "active") return false;
    if (selectedCompletionIndex(v.state) === null) moveCompletionSelection(true)(v);
    return acceptCompletion(v);
  };
  const leave = (v: EditorView) => {
    v.contentDOM.blur();
    (document.querySelector("[role=grid]") as HTMLElement | null)?.focus();
    return true;
  };
  return EditorState.create({
    doc: text,
    extensions: [
      history(),
      autocompletion({ override: [complete], icons: false, selectOnOpen: false, interactionDelay: 0 }),
      keymap.of([{ key: "Enter", run: enter }, { key: "Tab", run: take }, { key: "Escape", run: leave }, ...historyKeymap, ...standardKeymap]),
      EditorState.transactionFilter.of((t) => (t.newDoc.lines > 1 ? [] : t)),
      EditorView.contentAttributes.of({ "aria-label": "Filter", spellcheck: "false", autocapitalize: "off" }),
      placeholder("Filter: host:api.example.com status:4xx method:POST"),
      EditorView.updateListener.of((u) => {
        if (u.docChanged) changed(u.view);
        if (!awaited || (!u.docChanged && completionStatus(u.state) === "pending")) return;
        awaited = false;
        if (!u.docChanged) queueMicrotask(() => take(u.view));
      }),
      editorTheme,
    ],
  });
}
