import { useEffect, useMemo, useState, useRef } from "preact/hooks";
import { go, href } from "../parts/route";
import { Loading } from "../parts/loading";
import { notifyError } from "../parts/notice";
import { plain, Text } from "../parts/text";
import { fill, form as fetchForm, recorded as fetchRecorded, type Form, type Problem, type Recorded, type Request } from "./calls.gen";
import { Field } from "./fields";
import { Outcome } from "./outcome";
import { fromJSON, initial, isObject, read, resolve, withMember, write, type Schema, type Value } from "./schema";

interface Props {
  host: string;
  method: string;
  path: string;
  /** The flow whose values the form takes at first, or 0. */
  from: number;
}

/** The body of a request, and the choice of its media type. */
const bodyNames = ["requestContentType", "requestBody"];
const places: Record<string, string> = { path: "in the path", query: "in the query", header: "header", cookie: "cookie" };

/** Returns the arguments that a form begins with: a body has the first of its media types. */
function empty(s: Schema): { [name: string]: Value } {
  const v = initial(s, s);
  const types = s.properties?.requestContentType ? resolve(s.properties.requestContentType, s).enum : undefined;
  const out = isObject(v) ? v : {};
  return types && types.length > 0 && s.required?.includes("requestBody") ? withMember(out, "requestContentType", fromJSON(types[0])) as typeof out : out;
}

/** Calls an operation with arguments that a form asks for. */
export function OperationCall({ host, method, path, from }: Props) {
  const [form, setForm] = useState<Form>();
  const [error, setError] = useState("");
  const [value, setValue] = useState<{ [name: string]: Value }>({});
  const [text, setText] = useState<string>(); // the arguments as JSON, while they are edited so
  const [credential, setCredential] = useState("");
  const [problems, setProblems] = useState<Problem[]>([]);
  const [flows, setFlows] = useState<Recorded[]>([]);
  const [fills, setFills] = useState(0); // resets the state of the fields
  const [touched, setTouched] = useState(false); // until then, empty fields are not reported
  const touchedNow = useRef(false); // what a person has typed stays
  touchedNow.current = touched || text !== undefined;
  const [filled, setFilled] = useState<{ seq: number; hidden: string[] }>();
  const root = useMemo(() => (form ? JSON.parse(form.schema) as Schema : {}), [form]);
  useEffect(() => {
    const abort = new AbortController();
    const ready = fetchForm({ host, method, path }, abort.signal).then((f) => {
      const s = JSON.parse(f.schema) as Schema;
      setValue(empty(s));
      setCredential(f.credentials[0]?.id ?? "");
      setForm(f);
      if (from > 0) fillFrom(from, abort.signal);
    }, (e: Error) => { if (!abort.signal.aborted) setError(e.message); });
    fetchRecorded({ host, method, path }, abort.signal).then(async (r) => {
      setFlows(r.flows);
      await ready;
      const newest = r.flows[0];
      if (!abort.signal.aborted && from === 0 && newest && newest.status < 400 && !touchedNow.current) fillFrom(newest.seq, abort.signal);
    }, () => {}); // the form shows the mistake
    return () => abort.abort();
  }, [host, method, path]);
  const fillFrom = (seq: number, signal?: AbortSignal) => void fill({ operation: { host, method, path }, seq }, signal).then((f) => {
    const v = read(f.arguments);
    setValue(isObject(v) ? v : {});
    setText((t) => (t === undefined ? t : f.arguments));
    setFilled({ seq, hidden: f.hidden });
    setFills((n) => n + 1);
  }, notifyError);
  const clear = () => {
    const v = empty(root);
    setValue(v);
    setText((t) => (t === undefined ? t : write(v)));
    setFilled(undefined);
    setFills((n) => n + 1);
  };

  const args = text ?? write(value);
  const request = useMemo((): Request | undefined => form && { operation: { host, method, path }, arguments: args, credential }, [form, args, credential]);
  const title = <h2><b>{plain(method)}</b> <Text text={path} /></h2>;
  const back = () => go(href("call", ["op", host]));
  if (error) return <p class="empty" role="alert">{error}</p>;
  if (!form || !request) return <Loading />;

  const properties = root.properties ?? {};
  const required = root.required ?? [];
  const names = [...form.arguments.map((a) => a.name), ...bodyNames].filter((n) => Object.hasOwn(properties, n));
  const toForm = () => {
    try {
      const v = read(text ?? "{}");
      if (!isObject(v)) throw new SyntaxError("The arguments must be an object.");
      setValue(v);
      setText(undefined);
    } catch (e) {
      setProblems([{ field: "", reason: (e as Error).message }]);
    }
  };
  const shown = new Set<string>(names);
  const others = text !== undefined ? problems : problems.filter((x) => !shown.has(x.field.split(/[.[]/)[0]!) || x.field === "");
  return (
    <>
      <section class="call-form" aria-label="Arguments">
        <header>
          {title}
          <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={back}>✕</button>
        </header>
        <div class="call-fields">
          <div class="call-row">
            <label>Credential{" "}
              <select value={credential} onChange={(e) => setCredential(e.currentTarget.value)}>
                <option value="">none</option>
                {form.credentials.map((c) => <option key={c.id} value={c.id}>{plain(c.name)}</option>)}
              </select>
            </label>
            <span class="spacer" />
            <div role="group" aria-label="Form" class="content-forms">
              <button type="button" class="quiet" aria-pressed={text === undefined} onClick={() => text !== undefined && toForm()}>Form</button>
              <button type="button" class="quiet" aria-pressed={text !== undefined} onClick={() => text === undefined && setText(write(value))}>JSON</button>
            </div>
          </div>
          {flows.length > 0 && (
            <div class="call-row">
              <label>Fill from{" "}
                <select value={filled ? String(filled.seq) : ""} onChange={(e) => (e.currentTarget.value === "" ? clear() : fillFrom(Number(e.currentTarget.value)))}>
                  <option value="">nothing</option>
                  {filled && !flows.some((f) => f.seq === filled.seq) && <option value={String(filled.seq)}>flow {filled.seq}</option>}
                  {flows.map((f) => <option key={f.seq} value={String(f.seq)}>flow {f.seq} · {f.status} · {plain(f.target)}</option>)}
                </select>
              </label>
            </div>
          )}
          {form.secured && form.credentials.length === 0 && (
            <p class="warn">The operation needs a credential, and no recorded request has one that can be sent again. Supply <Text text={form.missing ?? "one"} />.</p>
          )}
          {others.map((x) => <p class="bad" role="alert">{x.field && <code><Text text={x.field} /></code>} <Text text={x.reason} /></p>)}
          {text !== undefined
            ? <textarea class="call-json" aria-label="Arguments as JSON" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
            : names.map((n) => {
              const a = form.arguments.find((x) => x.name === n);
              return (
                <Field key={`${n} ${fills}`} schema={resolve(properties[n], root)} root={root} label={a ? a.param : n === "requestBody" ? "Body" : "Media type of the body"} path={n}
                  problems={touched || filled ? problems : []} required={required.includes(n) || n === "requestContentType"} place={a ? places[a.in] ?? a.in : ""} value={Object.hasOwn(value, n) ? value[n] : undefined}
                  onChange={(v) => {
                    setTouched(true);
                    setValue(withMember(value, n, v));
                  }} />
              );
            })}
          {text === undefined && names.length === 0 && <p class="faint">The operation takes no arguments.</p>}
          {filled && filled.hidden.length > 0 && (
            <p class="warn" role="status">Secrets of flow {filled.seq} are not copied: {filled.hidden.map((n, i) => <>{i > 0 && ", "}<code><Text text={n} /></code></>)}.
              To send them as they were, <a href={href("call", ["flow", filled.seq])}>replay the flow</a>.</p>
          )}
        </div>
      </section>
      <Outcome request={request} onProblems={setProblems} credential={form.credentials.find((c) => c.id === credential)?.name} />
    </>
  );
}
