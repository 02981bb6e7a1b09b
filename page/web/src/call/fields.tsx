import { useId, useState } from "preact/hooks";
import { plain, Text } from "../parts/text";
import type { Problem } from "./calls.gen";
import {
  alternatives, fromJSON, initial, isObject, kindOf, limits, nameOf, Num, read, resolve, withMember, write, type Schema, type Value,
} from "./schema";

interface Props {
  schema: Schema;
  root: Schema;
  value: Value;
  onChange: (v: Value) => void;
  label: string;
  /** Where the value is, as problems name it. */
  path: string;
  problems: Problem[];
  required?: boolean;
  /** What the label is followed by, such as where a parameter goes. */
  place?: string;
  /** Removes the element of a list. */
  onRemove?: () => void;
}

/** A field for a value. Values that are not required are sent if their box is checked. */
export function Field(p: Props) {
  const s = resolve(p.schema, p.root);
  const id = useId();
  const kind = kindOf(s);
  const sent = p.value !== undefined;
  const wrong = p.problems.filter((x) => x.field === p.path);
  const described = s.description || limits(s) ? id + "-about" : undefined;
  const group = kind === "object" || kind === "map" || kind === "array";
  const head = (
    <>
      {group ? <span class="call-label" id={id + "-label"}><Text text={p.label} /></span>
        : <label class="call-label" id={id + "-label"} for={id}><Text text={p.label} /></label>}
      {p.required ? <span class="call-required">required</span> : !p.onRemove && (
        <label class="call-send"><input type="checkbox" checked={sent} aria-label={`Send ${plain(p.label)}`}
          onChange={(e) => p.onChange(e.currentTarget.checked ? first(s, p.root) : undefined)} /> send</label>
      )}
      {p.place && <span class="faint">{p.place}</span>}
      <span class="faint">{kind === "alternatives" ? "" : plain(nameOf(s))}</span>
      {p.onRemove && <button type="button" class="quiet" aria-label={`Remove ${plain(p.label)}`} onClick={p.onRemove}>✕</button>}
    </>
  );
  const about = described && (
    <p class="call-about faint" id={described}><Text text={[s.description, limits(s)].filter((x) => x).join(" · ")} /></p>
  );
  const errors = wrong.length > 0 && <p class="bad" id={id + "-bad"}>{wrong.map((x) => <Text text={x.reason} />)}</p>;
  const input = {
    id, described: [described, wrong.length > 0 ? id + "-bad" : ""].filter((x) => x).join(" ") || undefined, invalid: wrong.length > 0,
  };
  return (
    <div class={"call-field" + (group ? " group" : "")} role={group ? "group" : undefined} aria-labelledby={group ? id + "-label" : undefined}>
      <div class="call-head">{head}{errors}</div>
      {about}
      {(sent || p.required || !group) && <Control {...p} schema={s} input={input} />}
    </div>
  );
}

/** Returns the value that a person begins with. */
function first(s: Schema, root: Schema): Value {
  const v = initial(s, root);
  return v !== undefined ? v : s.enum ? fromJSON(s.enum[0]) : "";
}

interface Input {
  id: string;
  described: string | undefined;
  invalid: boolean;
}

function Control(p: Props & { input: Input }) {
  const { schema: s, value, onChange, input } = p;
  const aria = { id: input.id, "aria-describedby": input.described, "aria-invalid": input.invalid };
  switch (kindOf(s)) {
    case "choice": {
      const all = s.const !== undefined ? [s.const] : s.enum!;
      const current = value === undefined ? "" : JSON.stringify(JSON.parse(write(value)));
      return (
        <select {...aria} value={current} onChange={(e) => onChange(e.currentTarget.value === "" ? undefined : read(e.currentTarget.value))}>
          <option value="">choose…</option>
          {all.map((x) => <option key={JSON.stringify(x)} value={JSON.stringify(x)}>{typeof x === "string" ? plain(x) : plain(JSON.stringify(x))}</option>)}
        </select>
      );
    }
    case "boolean":
      return (
        <select {...aria} value={value === undefined ? "" : String(value)} onChange={(e) => onChange(e.currentTarget.value === "" ? undefined : e.currentTarget.value === "true")}>
          <option value="">choose…</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      );
    case "null":
      return <span id={input.id} class="faint">null</span>;
    case "number":
      return <input {...aria} type="text" inputMode="decimal" autocomplete="off" value={value instanceof Num ? value.text : typeof value === "string" ? value : ""}
        onInput={(e) => onChange(new Num(e.currentTarget.value.trim()))} />;
    case "string":
      return <TextField value={typeof value === "string" ? value : ""} onChange={onChange} aria={aria} />;
    case "alternatives":
      return <Alternatives {...p} />;
    case "object":
      return <Members {...p} />;
    case "map":
      return <MapFields {...p} />;
    case "array":
      return <Elements {...p} />;
  }
  return <RawJSON value={value} onChange={onChange} aria={aria} />;
}

/** Reports roughly whether a value is one of a schema: enough to choose between alternatives. */
function fits(v: Value, s: Schema, root: Schema): boolean {
  s = resolve(s, root);
  const kind = kindOf(s);
  switch (kind) {
    case "choice":
      return v !== undefined && (s.enum ?? [s.const]).some((x) => JSON.stringify(x) === JSON.stringify(JSON.parse(write(v))));
    case "object":
      return isObject(v) && (s.required ?? []).every((n) => Object.hasOwn(v, n)) && Object.keys(v).every((n) => s.properties && Object.hasOwn(s.properties, n));
    case "alternatives":
      return alternatives(s).some((x) => fits(v, x, root));
    case "any":
      return true;
  }
  return kind === (Array.isArray(v) ? "array" : v instanceof Num ? "number" : v === null ? "null" : isObject(v) ? "map" : typeof v);
}

function Alternatives(p: Props & { input: Input }) {
  const list = alternatives(p.schema);
  const found = list.findIndex((s) => fits(p.value, s, p.root));
  const [picked, setPicked] = useState<number>();
  const at = picked ?? Math.max(0, found);
  const inner = resolve(list[at] ?? {}, p.root);
  const id = useId();
  return (
    <div class="call-alternatives">
      <select id={p.input.id} aria-describedby={p.input.described} aria-invalid={p.input.invalid} value={String(at)}
        onChange={(e) => {
          const i = Number(e.currentTarget.value);
          setPicked(i);
          p.onChange(first(resolve(list[i] ?? {}, p.root), p.root));
        }}>
        {list.map((s, i) => <option key={i} value={String(i)}>{plain(nameOf(resolve(s, p.root)))}</option>)}
      </select>
      {(p.value !== undefined || p.required) && (
        <div>
          <Control {...p} schema={inner} input={{ ...p.input, id }} key={at} />
          {/* The control of an alternative has the name of the whole. */}
          <label class="sr" for={id}><Text text={p.label} />: <Text text={nameOf(inner)} /></label>
        </div>
      )}
    </div>
  );
}

function Members(p: Props & { input: Input }) {
  const s = p.schema;
  const value = isObject(p.value) ? p.value : {};
  const names = Object.keys(s.properties ?? {});
  const isRequired = (n: string) => s.required?.includes(n) ?? false;
  names.sort((a, b) => Number(isRequired(b)) - Number(isRequired(a)));
  return (
    <div class="call-members">
      {names.map((n) => (
        <Field key={n} schema={resolve(s.properties![n], p.root)} root={p.root} label={n} path={p.path === "" ? n : `${p.path}.${n}`} problems={p.problems}
          required={isRequired(n)} value={Object.hasOwn(value, n) ? value[n] : undefined} onChange={(v) => p.onChange(withMember(value, n, v))} />
      ))}
    </div>
  );
}

function MapFields(p: Props & { input: Input }) {
  const value = isObject(p.value) ? p.value : {};
  const [name, setName] = useState("");
  const of = resolve(p.schema.additionalProperties, p.root);
  const add = () => {
    if (name === "" || Object.hasOwn(value, name)) return;
    p.onChange(withMember(value, name, first(of, p.root)));
    setName("");
  };
  return (
    <div class="call-members">
      {Object.keys(value).map((n) => (
        <Field key={n} schema={of} root={p.root} label={n} path={p.path === "" ? n : `${p.path}.${n}`} problems={p.problems} value={value[n]}
          onChange={(v) => p.onChange(withMember(value, n, v))} onRemove={() => p.onChange(withMember(value, n, undefined))} />
      ))}
      <div class="call-add">
        <input id={p.input.id} type="text" aria-label={`Name of a new member of ${plain(p.label)}`} placeholder="name" value={name} onInput={(e) => setName(e.currentTarget.value)}
          onKeyDown={(e) => { if (e.key === "Enter" && !e.ctrlKey && !e.metaKey) { add(); e.preventDefault(); } }} />
        <button type="button" onClick={add}>Add a member</button>
      </div>
    </div>
  );
}

function Elements(p: Props & { input: Input }) {
  const list = Array.isArray(p.value) ? p.value : [];
  const of = resolve(p.schema.items, p.root);
  return (
    <div class="call-members">
      {list.map((v, i) => (
        <Field key={i} schema={of} root={p.root} label={`${p.label} ${i + 1}`} path={`${p.path}[${i}]`} problems={p.problems} value={v}
          onChange={(x) => p.onChange(list.map((y, j) => (i === j ? x : y)))} onRemove={() => p.onChange(list.filter((_, j) => j !== i))} />
      ))}
      <button type="button" onClick={() => p.onChange([...list, first(of, p.root)])}>Add to {plain(p.label)}</button>
    </div>
  );
}

/** A text. Its field has several lines if the text is long at first, and stays the same while a person types. */
function TextField({ value, onChange, aria }: { value: string; onChange: (v: Value) => void; aria: Record<string, unknown> }) {
  const [long] = useState(value.length > 60 || value.includes("\n"));
  const props = { ...aria, spellcheck: false, value, onInput: (e: InputEvent & { currentTarget: { value: string } }) => onChange(e.currentTarget.value) };
  return long ? <textarea {...props} rows={4} /> : <input {...props} type="text" autocomplete="off" />;
}

/** Any JSON as text. */
function RawJSON({ value, onChange, aria }: { value: Value; onChange: (v: Value) => void; aria: Record<string, unknown> }) {
  const [text, setText] = useState(value === undefined ? "" : write(value));
  const [bad, setBad] = useState("");
  return (
    <>
      <textarea {...aria} rows={3} spellcheck={false} placeholder="JSON" value={text} aria-invalid={bad !== "" || aria["aria-invalid"] === true}
        onInput={(e) => {
          const t = e.currentTarget.value;
          setText(t);
          try {
            onChange(t.trim() === "" ? undefined : read(t));
            setBad("");
          } catch (x) {
            setBad((x as Error).message);
          }
        }} />
      {bad && <p class="bad">{bad}</p>}
    </>
  );
}
