import { useEffect, useRef, useState } from "preact/hooks";
import { useFeed } from "../parts/answer";
import { CodeView } from "../content/codeview";
import { Dialog } from "../parts/dialog";
import { useKeys } from "../parts/keys";
import { notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { Text } from "../parts/text";
import { records, verify, type Entry, type Verified } from "./calls.gen";
import { count, digits, when } from "../parts/format";

/** The newest records of the audit, as they are written. */
export function Audit({ filter }: { filter: string }) {
  const [tail, error] = useFeed(records, { filter }, [filter]);
  const [text, setText] = useState(filter);
  const [open, setOpen] = useState<Entry>();
  const [checked, setChecked] = useState<Verified>();
  const [checking, setChecking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(filter), [filter]);
  useKeys("Audit", [
    { keys: ["/"], does: "edit the filter", run: () => field.current?.focus() },
    { keys: ["v"], does: "verify the chain", run: () => check() },
  ]);
  const check = () => {
    setChecking(true);
    verify({}).then(setChecked, notifyError).finally(() => setChecking(false));
  };
  return (
    <div class="guard-audit">
      <form class="guard-bar" onSubmit={(e) => {
        e.preventDefault();
        go(href("guard", ["audit"], { filter: text }));
      }}>
        <input ref={field} type="search" aria-label="Filter records" placeholder="words, or verdict:deny name:send_mail" value={text} aria-invalid={error?.column ? true : false}
          onInput={(e) => setText(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === "Escape") e.currentTarget.blur(); }} />
        <button type="submit">Filter</button>
        <button type="button" disabled={checking} title="Verify the chain (v)" onClick={check}>{checking ? "Verifying…" : "Verify"}</button>
      </form>
      {checked && <Result v={checked} />}
      {error && <p class="bad guard-note" role="alert"><Text text={error.message} />{error.hint && <span class="faint"> {error.hint}</span>}</p>}
      {tail && !error && (
        <>
          <p class="faint guard-note" role="status">
            {tail.entries.length < tail.matched ? `the newest ${digits(tail.entries.length)} of ${digits(tail.matched)}` : digits(tail.matched)} of {count(tail.total, "record")}
            {(tail.broken ?? 0) > 0 && <b class="bad"> · {tail.broken} lines are broken</b>}
          </p>
          <div class="guard-scroll" tabIndex={0} role="region" aria-label="Records">
            <table class="guard-table">
              <thead><tr><th scope="col">Time</th><th scope="col">What</th><th scope="col">Who</th><th scope="col">Name</th><th scope="col">Why</th></tr></thead>
              <tbody>
                {tail.entries.map((e) => (
                  <tr key={e.seq}>
                    <td><button type="button" class="quiet" title={`Record ${e.seq}`} onClick={() => setOpen(e)}>{when(e.time)}</button></td>
                    <td>{e.event} <b class={e.verdict === "deny" ? "bad" : e.verdict === "hold" ? "warn" : ""}><Text text={e.verdict} /></b></td>
                    <td><Text text={e.identity} />{e.server && <span class="faint"> <Text text={e.server} /></span>}</td>
                    <td><Text text={e.name} /> <span class="faint"><Text text={e.method} /></span></td>
                    <td><Text text={e.rule} /> <span class="soft"><Text text={e.reason} /></span></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {open && <Dialog title={`Record ${open.seq}`} wide close={() => setOpen(undefined)}><CodeView content={open.line} form="json" /></Dialog>}
    </div>
  );
}

function Result({ v }: { v: Verified }) {
  if (v.problem) return <p class="bad guard-note" role="alert"><Text text={v.problem} /></p>;
  return (
    <p class="guard-note" role="status">
      <b class="good">The chain is intact:</b> {v.records} records in {v.files} {v.files === 1 ? "file" : "files"}.
      {(v.first ?? 1) > 1 && ` It begins with record ${v.first}: older files were removed.`}
      {(v.incomplete ?? 0) > 0 && ` The last ${v.incomplete} bytes are half a record, which a killed process leaves.`}
      {v.signed ? (v.vouched ? ` Signatures vouch for records up to ${v.vouched} of ${v.last ?? v.vouched}.` : " No signature of the keys vouches for any record.")
        : " Who can write the file could have written a whole new chain: only signatures tell (spectap ui --audit-key)."}
    </p>
  );
}
