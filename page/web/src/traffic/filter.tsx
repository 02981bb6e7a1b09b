// The filter bar: an editor of one line with completion. A text that parses is applied while it is typed; Enter says what
// is wrong with another. The fields come from the server, which also checks the text, so that there is one definition.
import {
  acceptCompletion, autocompletion, closeCompletion, completionStatus, moveCompletionSelection, selectedCompletionIndex, startCompletion,
  type CompletionContext,
} from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, placeholder, type DecorationSet } from "@codemirror/view";
import type { ComponentChildren, Ref } from "preact";
import { useEffect, useImperativeHandle, useRef, useState } from "preact/hooks";
import { checkFilter, language, type Checked, type Field } from "./calls.gen";
import type { FlowList } from "./list";
import { count, digits } from "../parts/format";
import { editorTheme } from "../content/editor";
import { notifyError } from "../parts/notice";

export interface FilterHandle {
  focus(): void;
}

interface Props {
  filter: string;
  list: FlowList;
  /** Applies a filter, with typed one that may not be complete. */
  onFilter: (text: string, typed?: boolean) => void;
  handle: Ref<FilterHandle>;
  /** Buttons at the end of the bar. */
  children?: ComponentChildren;
}

export function FilterBar({ filter, list, onFilter, handle, children }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const apply = useRef(onFilter);
  apply.current = onFilter;
  const [checked, setChecked] = useState<Checked>();
  const [waits, setWaits] = useState(false); // the text is not applied
  const applied = useRef<string>(undefined); // as typed here
  const now = useRef(filter);
  now.current = filter;

  useImperativeHandle(handle, () => ({ focus: () => view.current?.focus() }), []);

  const latest = useRef(0);
  const timer = useRef(0);
  const check = async (text: string) => {
    const mine = ++latest.current;
    const c = text === "" ? {} : await checkFilter({ filter: text });
    const v = view.current;
    if (mine !== latest.current || !v) return false;
    setChecked(c);
    setWaits(c.mistake !== undefined);
    v.dispatch({ effects: underline.of(c.mistake ? Decoration.set(wavy(text, c.column ?? 0)) : Decoration.none) });
    return !c.mistake;
  };
  const submit = (text: string) => void check(text).then((ok) => ok && apply.current((applied.current = text)), notifyError);
  const typed = (text: string) => {
    const mine = ++latest.current;
    setChecked(undefined);
    clearTimeout(timer.current);
    if (text === now.current) return setWaits(false);
    timer.current = window.setTimeout(() => (text === "" ? Promise.resolve<Checked>({}) : checkFilter({ filter: text })).then((c) => {
      if (mine !== latest.current) return;
      setWaits(c.mistake !== undefined);
      if (!c.mistake) apply.current((applied.current = text), true);
    }, () => {}), pause); // Enter says why
  };

  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    view.current = new EditorView({ root, parent: root, state: state(filter, typed, submit) });
    return () => {
      clearTimeout(timer.current);
      latest.current++; // what is being checked must not open this panel again
      view.current!.destroy();
    };
  }, []);

  useEffect(() => {
    const v = view.current!;
    if (filter === applied.current) return; // the person may have typed on
    applied.current = undefined;
    if (v.state.doc.toString() !== filter) v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: filter } });
    void check(filter).catch(() => {}); // the list says why
  }, [filter]);

  const n = (list.version.value, list.rows.length);
  const flows = count(list.total.value, "flow");
  const { mistake = "", meant = "" } = checked ?? {};
  return (
    <>
      <div class="filter-bar" role="search" aria-label="Flows">
        <div class="filter-input" ref={host} />
        <span class="faint waits">{waits && <span role="img" aria-label="Not applied" title="Not applied: Enter says what is wrong">⏎</span>}</span>
        <button type="button" class="quiet kept" hidden={filter === ""} aria-label="Clear the filter" onClick={() => onFilter("")}>✕</button>
        <span class="filter-state" role="status">
          {filter === "" ? flows : `${digits(n)} of ${flows}`}{list.progress.value && ` · ${list.progress.value}`}
          {list.paused.value && " · paused"}
        </span>
        {children}
      </div>
      <div role="status">
        {mistake + meant !== "" && (
          <p class="filter-note">
            {mistake && <span class="bad">{mistake}</span>}
            {meant && <>{!mistake && <span>Did you mean</span>} <button type="button" onClick={() => onFilter(meant)}><code>{meant}</code></button></>}
          </p>
        )}
      </div>
    </>
  );
}

/** How long nothing is typed before a text is checked, in milliseconds. */
const pause = 250;

const underline = StateEffect.define<DecorationSet>();
const underlined = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (old, t) => t.effects.find((e) => e.is(underline))?.value ?? (t.docChanged ? Decoration.none : old),
  provide: (f) => EditorView.decorations.from(f),
});

const unmark = (_: unknown, v: EditorView) => { if (v.state.field(underlined).size > 0) v.dispatch({ effects: underline.of(Decoration.none) }); };

/** Underlines the part of the text that a mistake at a column is in: up to the next blank. */
function wavy(text: string, column: number) {
  const from = Math.min(Array.from(text).slice(0, column - 1).join("").length, text.length - 1);
  const end = text.slice(from).search(/\s/);
  return Decoration.mark({ class: "mistake" }).range(from, end <= 0 ? text.length : from + end);
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

function state(text: string, changed: (text: string) => void, submit: (text: string) => void): EditorState {
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
      history(), underlined,
      autocompletion({ override: [complete], icons: false, selectOnOpen: false, interactionDelay: 0 }),
      keymap.of([{ key: "Enter", run: enter }, { key: "Tab", run: take }, { key: "Escape", run: leave }, ...historyKeymap, ...standardKeymap]),
      EditorState.transactionFilter.of((t) => (t.newDoc.lines > 1 ? [] : t)),
      // Text that replaces marked text would get the look of the mark as an inline style, which the policy of the page forbids.
      EditorView.domEventHandlers({ keydown: unmark, paste: unmark }),
      EditorView.contentAttributes.of({ "aria-label": "Filter", spellcheck: "false", autocapitalize: "off" }),
      placeholder("Filter: status:4xx method:POST"),
      EditorView.updateListener.of((u) => {
        if (u.docChanged) changed(u.state.doc.toString().trim());
        if (!awaited || (!u.docChanged && completionStatus(u.state) === "pending")) return;
        awaited = false;
        if (!u.docChanged) queueMicrotask(() => take(u.view));
      }),
      editorTheme,
    ],
  });
}
