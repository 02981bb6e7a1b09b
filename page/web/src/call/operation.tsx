import { useEffect, useMemo, useState } from "preact/hooks";
import { go, href } from "../parts/route";
import { plain, Text } from "../parts/text";
import { form as fetchForm, type Form, type Problem, type Request } from "./calls.gen";
import { Field } from "./fields";
import { Outcome } from "./outcome";
import { initial, isObject, read, resolve, withMember, write, type Schema, type Value } from "./schema";

interface Props {
  host: string;
  method: string;
  path: string;
}

/** The body of a request, and the choice of its media type. */
const bodyNames = ["requestContentType", "requestBody"];
const places: Record<string, string> = { path: "in the path", query: "in the query", header: "header", cookie: "cookie" };

/** Calls an operation with arguments that a form asks for. */
export function OperationCall({ host, method, path }: Props) {
  const [form, setForm] = useState<Form>();
  const [error, setError] = useState("");
  const [value, setValue] = useState<{ [name: string]: Value }>({});
  const [text, setText] = useState<string>(); // the arguments as JSON, while they are edited so
  const [credential, setCredential] = useState("");
  const [problems, setProblems] = useState<Problem[]>([]);
  const root = useMemo(() => (form ? JSON.parse(form.schema) as Schema : {}), [form]);
  useEffect(() => {
    const abort = new AbortController();
    fetchForm({ host, method, path }, abort.signal).then((f) => {
      const s = JSON.parse(f.schema) as Schema;
      const v = initial(s, s);
      setValue(isObject(v) ? v : {});
      setCredential(f.credentials[0]?.id ?? "");
      setForm(f);
    }, (e: Error) => { if (!abort.signal.aborted) setError(e.message); });
    return () => abort.abort();
  }, [host, method, path]);

  const args = text ?? write(value);
  const request = useMemo((): Request | undefined => form && { operation: { host, method, path }, arguments: args, credential }, [form, args, credential]);
  const title = <h2><b>{plain(method)}</b> <Text text={path} /></h2>;
  const back = () => go(href("call", ["op", host]));
  if (error) return <p class="empty" role="alert">{error}</p>;
  if (!form || !request) return null;

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
          {form.secured && form.credentials.length === 0 && (
            <p class="warn">The operation needs a credential, and no recorded request has one. Start the page with the variable SPECTAP_AUTH_… of the scheme.</p>
          )}
          {others.map((x) => <p class="bad" role="alert">{x.field && <code><Text text={x.field} /></code>} <Text text={x.reason} /></p>)}
          {text !== undefined
            ? <textarea class="call-json" aria-label="Arguments as JSON" spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
            : names.map((n) => {
              const a = form.arguments.find((x) => x.name === n);
              return (
                <Field key={n} schema={resolve(properties[n], root)} root={root} label={a ? a.param : n === "requestBody" ? "Body" : "Media type of the body"} path={n}
                  problems={problems} required={required.includes(n)} place={a ? places[a.in] ?? a.in : ""} value={Object.hasOwn(value, n) ? value[n] : undefined}
                  onChange={(v) => setValue(withMember(value, n, v))} />
              );
            })}
          {text === undefined && names.length === 0 && <p class="faint">The operation takes no arguments.</p>}
        </div>
      </section>
      <Outcome request={request} onProblems={setProblems} />
    </>
  );
}
