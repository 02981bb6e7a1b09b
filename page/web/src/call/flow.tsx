import { useEffect, useMemo, useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { Loading } from "../parts/loading";
import { go, href, noteHost } from "../parts/route";
import { plain, Text } from "../parts/text";
import { draft as fetchDraft, type Draft, type Request } from "./calls.gen";
import { Outcome } from "./outcome";

/** Describes a mistake in a body that should be JSON, "" for none. The body can be sent anyway. */
function wrongJSON(d: Draft): string {
  if (d.body.trim() === "" || !d.headers.some((h) => /^content-type$/i.test(h.name) && /[/+]json\b/i.test(h.value))) return "";
  try {
    JSON.parse(d.body);
    return "";
  } catch (e) {
    return (e as Error).message;
  }
}

/** Sends the request of a flow again, with changes. */
export function FlowCall({ seq }: { seq: number }) {
  const [was, error] = useAnswer((signal) => fetchDraft({ seq }, signal), [seq]);
  const [changed, setDraft] = useState<Draft>();
  const draft = changed ?? was;
  useEffect(() => { if (was?.origin) noteHost(new URL(was.origin).host); }, [was]);
  const request = useMemo((): Request | undefined => draft && { seq, draft }, [seq, draft]);
  if (error) return <p class="empty" role="alert">{error}</p>;
  if (!draft || !request) return <Loading />;
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const setHeader = (i: number, change: { name?: string; value?: string }) =>
    set({ headers: draft.headers.map((h, j) => (i === j ? { ...h, ...change } : h)) });
  return (
    <>
      <section class="call-form" aria-label="Request">
        <header>
          <h2>Flow {seq} again</h2>
          {draft !== was && <button type="button" onClick={() => setDraft(undefined)}>Undo all</button>}
          <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={() => go(href("traffic", [seq]))}>✕</button>
        </header>
        <div class="call-fields">
          <p class="faint">To <Text text={draft.origin ?? ""} />. Secrets are placeholders here; those that stay in their place are sent.</p>
          <div class="call-line">
            <label class="sr" for="call-method">Method</label>
            <input id="call-method" class="call-method" type="text" autocomplete="off" spellcheck={false} value={draft.method} onInput={(e) => set({ method: e.currentTarget.value })} />
            <label class="sr" for="call-target">Path and query</label>
            <textarea id="call-target" rows={Math.min(6, 1 + Math.floor(draft.target.length / 60))} spellcheck={false} value={draft.target}
              onInput={(e) => set({ target: e.currentTarget.value.replace(/\n/g, "") })} />
          </div>
          <h3>Headers</h3>
          {draft.headers.map((h, i) => (
            <div class="call-pair" key={i}>
              <input type="text" aria-label={`Name of header ${i + 1}`} autocomplete="off" spellcheck={false} value={h.name} onInput={(e) => setHeader(i, { name: e.currentTarget.value })} />
              <input type="text" aria-label={`Value of ${plain(h.name) || `header ${i + 1}`}`} autocomplete="off" spellcheck={false} value={h.value} onInput={(e) => setHeader(i, { value: e.currentTarget.value })} />
              <button type="button" class="quiet" aria-label={`Remove ${plain(h.name) || `header ${i + 1}`}`} onClick={() => set({ headers: draft.headers.filter((_, j) => j !== i) })}>✕</button>
            </div>
          ))}
          <div><button type="button" onClick={() => set({ headers: [...draft.headers, { name: "", value: "" }] })}>Add a header</button></div>
          <h3><label for="call-body">Body</label></h3>
          {wrongJSON(draft) && <p class="warn" role="status">The body is not JSON: {wrongJSON(draft)}</p>}
          {draft.binary && <p class="faint">The recorded body is not text. It is sent as it is, unless you write another one.</p>}
          <textarea id="call-body" class="call-json" spellcheck={false} value={draft.body} onInput={(e) => set({ body: e.currentTarget.value })} />
        </div>
      </section>
      <Outcome request={request} recorded={seq} />
    </>
  );
}
