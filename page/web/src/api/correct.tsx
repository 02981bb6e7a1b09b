// What a person says is different: the dialog that asks, and the one that shows what changed.
import { useId, useState } from "preact/hooks";
import { CodeView } from "../content/codeview";
import { Dialog } from "../parts/dialog";
import { plain, Text } from "../parts/text";
import { CallError } from "../wire";
import { correct, undo as callUndo, type Corrected, type Literals, type Shown } from "./calls.gen";
import "./correct.css";
import type { Shown as ShownNode } from "./schema";

/** A correction that a thing can have. */
interface Choice {
  kind: string;
  does: string;
  /** The subject, as corrections name it. */
  at: string;
  field?: { label: string; kind: "line" | "text" | "values" | "choice"; value: string; optional?: boolean; options?: string[] };
}

/** Something that can be corrected. */
export interface Target {
  title: string;
  choices: Choice[];
}

const name = (value: string, label = "New name"): NonNullable<Choice["field"]> => ({ label, kind: "line", value });
const oneOf = (label: string, options: string[], value = options[0]!): NonNullable<Choice["field"]> => ({ label, kind: "choice", options, value });
const ofParameter = { ...name("", "Name of the parameter"), optional: true };
const describe = (at: string, value: string): Choice => ({ kind: "describe", does: "has a description", at, field: { label: "Description", kind: "text", value } });

/** The parts of an operation that can be corrected; of each segment, literals has the values that can be literals, host has the targets of [targetsOfHost]. */
export function targetsOf(s: Shown, literals: Literals[], host: Target[]): Target[] {
  const path = s.at.slice(s.at.indexOf(" ") + 1);
  return [
    {
      title: s.at,
      choices: [
        { kind: "rename", does: "has another name (operationId)", at: s.at, field: name(s.operation.name) },
        { kind: "summary", does: "has another summary", at: s.at, field: name(s.summary, "Summary") },
        describe(s.at, s.description),
        { kind: "leave-out", does: "is not part of the API", at: s.at },
        { kind: "leave-out", does: "is not part of the API, and neither is its path with other methods", at: path },
      ],
    },
    ...s.segments.map((g, i): Target => {
      const { all, values } = literals[i]!;
      const parent = g.at.slice(0, g.at.lastIndexOf("/"));
      return {
        title: "Segment " + g.text + (g.at === "/" + g.text ? "" : " of " + g.at),
        choices: [
          ...(g.parameter
            ? [
              { kind: "rename", does: "is a parameter with another name", at: g.at, field: name(g.text.replace(/[{}]/g, "")) },
              ...(all ? [{ kind: "literal", does: "is no parameter", at: parent + "/*" }] : []),
              ...(values.length > 0 ? [{ kind: "literal", does: "has a value that is no parameter", at: parent + "/", field: oneOf("Value", values) }] : []),
            ]
            : [
              { kind: "parameter", does: "is a parameter, like all in its place", at: parent + "/*", field: ofParameter },
              { kind: "parameter", does: "is a parameter, the others in its place are not", at: g.at, field: ofParameter },
              { kind: "literal", does: "is no parameter, whatever comes", at: g.at },
            ]),
          { kind: "leave-out", does: "and all below it are not part of the API", at: g.at + "/**" },
        ],
      };
    }),
    ...host,
  ];
}

/** What the document of a host says about the API, and to which API the host belongs, if there are others. */
export function targetsOfHost(host: string, others: string[]): Target[] {
  const api: Target = {
    title: "The API",
    choices: [
      { kind: "title", does: "has another title", at: "", field: name("", "Title") },
      describe("", ""),
    ],
  };
  return others.length === 0 ? [api] : [api, {
    title: "The host " + host,
    choices: [{ kind: "host", does: "belongs to the API of another host", at: host, field: oneOf("Host of that API", others) }],
  }];
}

const types = ["string", "integer", "number", "boolean", "array", "object", "any"];

/** What can be corrected of a value, and of the component that it is. */
export function targetsOfNode(n: ShownNode): Target[] {
  const at = n.at!;
  const values = (n.enum ?? []).join("\n");
  const value: Target = {
    title: at,
    choices: [
      n.required ? { kind: "optional", does: "is not required", at } : { kind: "required", does: "is required", at },
      { kind: "type", does: "has another type", at, field: oneOf("Type", types, types.find((t) => t === n.type.split(" ")[0]) ?? "any") },
      { kind: "format", does: "has another format", at, field: name(/\((.*)\)/.exec(n.type)?.[1] ?? "", "Format, or none") },
      { kind: "enum", does: "has these values only", at, field: { label: "Values, one in each line", kind: "values", value: values } },
      { kind: "open", does: "has other values, too", at },
      / or null/.test(n.type) ? { kind: "not-null", does: "is never null", at } : { kind: "nullable", does: "may be null", at },
      describe(at, n.description ?? ""),
    ],
  };
  if (!n.place) value.choices.push({ kind: "split", does: "is a component of its own", at, field: name("", "Name of the component") });
  if (!n.ref) return [value];
  return [value, {
    title: "Component " + n.ref,
    choices: [
      { kind: "rename", does: "has another name", at: n.ref, field: name(n.ref) },
      { kind: "merge", does: "is the same as others", at: n.ref, field: { label: "Other components, one in each line", kind: "values", value: "" } },
      describe(n.ref, n.description ?? ""),
    ],
  }];
}

interface Props {
  host: string;
  version: string;
  targets: Target[];
  close: () => void;
  done: (e: Effect) => void;
}

/** Asks for a correction and applies it. */
export function CorrectDialog({ host, version: current, targets, close, done }: Props) {
  const [version] = useState(current); // what the person saw
  const [target, setTarget] = useState(0);
  const [chosen, setChosen] = useState(0);
  const choice = targets[target]!.choices[chosen]!;
  const [text, setText] = useState<string>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const id = useId();
  const value = text ?? choice.field?.value ?? "";
  const apply = (e: Event) => {
    e.preventDefault();
    const f = choice.field;
    const lines = value.split("\n").map((s) => s.trim()).filter((s) => s !== "");
    const at = choice.at.endsWith("/") ? choice.at + value.trim() : choice.at;
    setBusy(true);
    correct({
      host, version, kind: choice.kind, at,
      ...(f && f.kind === "values" ? { values: lines } : f && !choice.at.endsWith("/") && value.trim() !== "" ? { to: value.trim() } : {}),
    }).then((result) => done({ title: "Corrected", result }), (e: unknown) => {
      setBusy(false);
      setError(e instanceof CallError && e.hint ? `${e.message}: ${e.hint}` : String(e instanceof Error ? e.message : e));
    });
  };
  return (
    <Dialog title="Correct" close={close}>
      <form class="api-correct" onSubmit={apply}>
        <label for={id + "target"}>What</label>
        {targets.length === 1 ? <output id={id + "target"}><Text text={targets[0]!.title} /></output> : (
          <select id={id + "target"} value={target} autofocus onChange={(e) => {
            setTarget(Number(e.currentTarget.value));
            setChosen(0);
            setText(undefined);
          }}>
            {targets.map((t, i) => <option key={i} value={i}>{plain(t.title)}</option>)}
          </select>
        )}
        <label for={id + "choice"}>Is different</label>
        <select id={id + "choice"} value={chosen} autofocus={targets.length === 1} onChange={(e) => {
          setChosen(Number(e.currentTarget.value));
          setText(undefined);
          setError("");
        }}>
          {targets[target]!.choices.map((c, i) => <option key={i} value={i}>it {c.does}</option>)}
        </select>
        {choice.field && <label for={id + "field"}>{choice.field.label}</label>}
        {choice.field && <Field id={id + "field"} field={choice.field} value={value} onText={setText} />}
        {error && <p class="bad" role="alert"><Text text={error} /></p>}
        <p class="api-correct-buttons">
          <button type="submit" disabled={busy}>Correct</button>
          <button type="button" onClick={close}>Cancel</button>
        </p>
      </form>
    </Dialog>
  );
}

function Field({ id, field, value, onText }: { id: string; field: NonNullable<Choice["field"]>; value: string; onText: (s: string) => void }) {
  switch (field.kind) {
    case "choice":
      return (
        <select id={id} value={value} onChange={(e) => onText(e.currentTarget.value)}>
          {field.options!.map((o) => <option key={o} value={o}>{plain(o)}</option>)}
        </select>
      );
    case "line":
      return <input id={id} value={value} required={!field.optional} spellcheck={false} onInput={(e) => onText(e.currentTarget.value)} />;
    default:
      return <textarea id={id} rows={5} value={value} required onInput={(e) => onText(e.currentTarget.value)} />;
  }
}

/** What a correction did. */
export interface Effect {
  title: string;
  result: Corrected;
}

/** Undoes the newest correction. */
export function undoLast(host: string, version: string): Promise<Effect> {
  return callUndo({ host, version }).then((result) => ({ title: "Undone", result }));
}

/** Shows what a correction changed, and undoes it. */
export function EffectDialog({ host, effect: { title, result }, close, undo }: { host: string; effect: Effect; close: () => void; undo: () => void }) {
  return (
    <Dialog title={title} close={close} wide>
      <div class="api-effect" onKeyDown={(e) => {
        if (e.key !== "u" || e.ctrlKey || e.metaKey || e.altKey || title === "Undone") return;
        e.preventDefault();
        undo();
      }}>
        <p><Text text={result.what} /> <span class="faint">in <Text text={result.path} /></span></p>
        {result.host !== host && <p>This is what changes in the document of <Text text={result.host} />:</p>}
        {(result.misfits ?? []).length > 0 && (
          <p class="warn" role="status">These corrections fit no longer: {result.misfits.map((m, i) => <>{i > 0 && "; "}<Text text={m} /></>)}</p>
        )}
        {result.diff === "" ? <p class="faint">Nothing else of the document changes.</p> : <CodeView content={result.diff.replace(/^(---|\+\+\+) .*\n/gm, "").trimEnd()} form="diff" />}
        {result.cut && <p class="warn">More changes than are shown here; the document has all of them.</p>}
        <p class="api-correct-buttons">
          <button type="button" autofocus onClick={close}>Close</button>
          {title !== "Undone" && <button type="button" onClick={undo} title="Undo (u)">Undo</button>}
        </p>
      </div>
    </Dialog>
  );
}
