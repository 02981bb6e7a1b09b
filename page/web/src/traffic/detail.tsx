import { useEffect, useState } from "preact/hooks";
import { Text } from "../parts/text";
import { CallError } from "../wire";
import { flow as fetchFlow, type Detail, type Header, type Message } from "./calls.gen";
import { BodyView } from "./body";
import { bytes, dateTime, duration } from "./format";
import type { FlowList } from "./list";
import { statusClass, statusText } from "./table";

interface Props {
  seq: number;
  list: FlowList;
  onClose: () => void;
}

/** One flow, with everything that is known of it. */
export function FlowDetail({ seq, list, onClose }: Props) {
  const [detail, setDetail] = useState<Detail>();
  const [error, setError] = useState<CallError>();
  // A flow that is not complete is read again with each new state.
  list.version.value;
  const row = list.rows[list.find(seq)];
  const last = row?.seq === seq ? row.last : 0;

  useEffect(() => {
    const abort = new AbortController();
    fetchFlow({ seq }, abort.signal).then(
      (d) => { setDetail(d); setError(undefined); },
      (e: unknown) => { if (!abort.signal.aborted) setError(e as CallError); },
    );
    return () => abort.abort();
  }, [seq, last]);

  return (
    <section class="detail" aria-label={"Flow " + seq}>
      <header class="detail-head">
        {detail && (
          <h2>
            <span class={"status " + statusClass(detail.row)}>{statusText(detail.row)}</span>{" "}
            <Text text={detail.row.method} /> <Text text={detail.url} class="url" />
          </h2>
        )}
        <button type="button" class="quiet" aria-label="Close the flow" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <div class="detail-body">
        {error && <p class="empty" role="alert">{error.message}</p>}
        {detail && <Parts d={detail} />}
      </div>
    </section>
  );
}

function Parts({ d }: { d: Detail }) {
  return (
    <>
      {d.error && <p class="bad"><Text text={d.error} /></p>}
      <p class="facts">
        {dateTime(d.row.started)} · {d.row.pending ? "not complete" : duration(d.row.took ?? 0)} · <Text text={d.source} />
      </p>
      {d.response && <MessagePart title="Response" seq={d.row.seq} last={d.row.last} response m={d.response} />}
      <MessagePart title="Request" seq={d.row.seq} last={d.row.last} response={false} m={d.request} />
    </>
  );
}

function MessagePart({ title, seq, last, response, m }: { title: string; seq: number; last: number; response: boolean; m: Message }) {
  return (
    <section class="message">
      <h3>{title} <span class="faint">{m.proto}</span></h3>
      {m.changed && <p class="warn">A rule of the proxy changed the {m.changed}. This is what was sent before.</p>}
      <details open>
        <summary>Headers <span class="faint">{m.headers.length}</span></summary>
        <HeaderTable headers={m.headers} />
        {m.trailers.length > 0 && <><h4>Trailers</h4><HeaderTable headers={m.trailers} /></>}
      </details>
      {m.body.size > 0 && (
        <div class="body">
          <h4>Body <span class="faint">{bytes(m.body.size)}{m.body.note && ` · ${m.body.note}`}</span></h4>
          <BodyView seq={seq} last={last} response={response} body={m.body} />
        </div>
      )}
    </section>
  );
}

function HeaderTable({ headers }: { headers: Header[] }) {
  return (
    <table class="headers">
      <tbody>
        {headers.map((h) => (
          <tr>
            <th scope="row"><Text text={h.name} /></th>
            <td><Text text={h.value} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
