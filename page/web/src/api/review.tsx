// What a person reviews before an export: changes, findings of lint, and what of a given document traffic did not reach.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { count, digits } from "../parts/format";
import { notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { plain, Text } from "../parts/text";
import { changes, coverage, lint, type Comparison, type Coverage, type Learned } from "./calls.gen";
import { scrolls } from "../parts/keys";
import { Groups, markTree, type Finding } from "./groups";
import "./review.css";

interface Props {
  host: string;
  version: Learned;
  /** How many documents were saved on this page: each is an export. */
  saved: number;
  onClose: () => void;
}

/** A file that the person chose to compare with, instead of that of the command line. It stays for the next review. */
const chosen = signal<{ name: string; text: string } | undefined>(undefined);

/** Arguments of calls are not larger. */
const maxFile = 3_500_000;

/** The review of a document. */
export function Review({ host, version, saved, onClose }: Props) {
  const given = chosen.value;
  const on = [host, version.corrections, version.operations.length, saved, given]; // not with each flow
  const query = given ? { host, name: given.name, document: given.text } : { host };
  const [found, unlinted] = useAnswer((signal) => lint({ host }, signal), on);
  const [c, unchanged] = useAnswer(async (signal) => ({ given, of: await changes(query, signal) }), on);
  const [v, uncovered] = useAnswer(async (signal) => ({ given, of: await coverage(query, signal) }), on);
  // A review of another file is not shown.
  const changed = c?.given === given ? c?.of : undefined, covered = v?.given === given ? v?.of : undefined;
  const file = useRef<HTMLInputElement>(null);
  const choose = (f: File | undefined) => {
    if (!f) return;
    if (f.size > maxFile) {
      notifyError(new Error(`${plain(f.name)} is too large to choose here; the option --document FILE of spectap ui takes it`));
      return;
    }
    f.text().then((text) => (chosen.value = { name: f.name, text }), notifyError);
  };
  // A part is shown after those above it: nothing moves away from a person who is about to click.
  const changesKnown = changed !== undefined || unchanged !== "";
  const coverageKnown = changesKnown && (covered !== undefined || uncovered !== "");
  const has = (method: string, path: string) => version.operations.some((o) => o.method === method && o.path === path);
  const place = (method = "", path = "") => (method + path !== "") && (has(method, path)
    ? <a href={href("api", [host, method, path])} onClick={(e) => { e.preventDefault(); go(href("api", [host, method, path])); }}>
      <Text text={`${method} ${path}`} path /></a>
    : <code><Text text={`${method} ${path}`.trim()} /></code>);
  const missing = (covered?.missing ?? []).map((m): Finding => ({
    rule: `${m.kind} not reached`, level: "missing", method: m.method ?? "", path: m.path ?? "", row: <li>{place(m.method, m.path)} <Text text={m.name ?? ""} /></li>,
  }));
  const linted = (found?.findings ?? []).map((f): Finding => ({
    rule: f.rule, advice: f.advice ?? "", level: f.severity, method: f.method ?? "", path: f.path ?? "",
    row: (
      <li title={plain(f.advice ?? "")}>{place(f.method, f.path)} <Text text={f.message} />{" "}
        <small class="faint"><a href={href("api", [host, "document"], { line: String(f.line) })}>line {f.line}</a></small></li>
    ),
  }));
  useEffect(() => markTree(host, [...(changed?.since.changes ?? []), ...(changed?.given.changes ?? []), ...linted, ...missing]), [host, changed, found, covered]);
  return (
    <section class="api-detail api-review" aria-label="Review">
      <header>
        <h2>Review of <Text text={host} /></h2>
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <div class="api-about layer" role="region" aria-label="Findings" tabIndex={0} onKeyDown={scrolls}>
        {changed?.given.of && (
          <p class="warn"><Text text={`The servers of ${changed.given.name} are of `} />{changed.given.of.map((h, i) => <>{i > 0 && ", "}
            {version.hosts.some((x) => x.name === h) ? <a href={href("api", [h, "review"])}><Text text={h} /></a> : <Text text={h} />}</>)}
            <Text text={`; the traffic shown here is of ${host}.`} /></p>
        )}
        <Bars c={covered} error={uncovered} />
        <Compared title="Changes since the last export" c={changed?.since} error={unchanged} none={<>Nothing was exported yet. What changes after <i>Save YAML</i>, <code>spectap export</code> or <code>spectap run -o</code> is listed here.</>} place={place} />
        <Compared title="Traffic and the given document" c={changed?.given} error={unchanged} none={<>Choose a file below, or name it with <code>spectap ui --document api.yaml</code>.</>} place={place} />
        <p>
          <button type="button" onClick={() => file.current?.click()}>Compare with a file…</button>
          {chosen.value && <span class="faint"> <Text text={chosen.value.name} /></span>}
          <input ref={file} class="file" type="file" aria-label="Compare with a file" tabIndex={-1} accept=".yaml,.yml,.json"
            onChange={(e) => choose(e.currentTarget.files?.[0])} />
        </p>
        <h3>Not reached by traffic {changesKnown && covered && covered.name !== "" && <span class="faint">of <Text text={covered.name} />{newest(covered)}</span>}</h3>
        {!covered || !changesKnown ? <Waits error={uncovered} /> : covered.name === "" ? <p class="faint">Choose a file above.</p>
          : <Groups list={missing} more={covered.more} />}
        <h3>Lint</h3>
        {!found || !coverageKnown ? <Waits error={unlinted} /> : found.findings.length === 0 ? <p class="faint">No findings.</p> : <Groups list={linted} more={found.more} />}
      </div>
    </section>
  );
}

const newest = (c: Coverage) => (c.newest ? ` in the newest ${count(c.newest, "flow")}` : "");

/** What of the given document traffic reached: operations, parameters, statuses and values. */
function Bars({ c, error }: { c: Coverage | undefined; error: string }) {
  if (c && c.name === "") return null;
  return (
    <div class="review-bars">
      {!c ? <Waits error={error} /> : (
        <>
          <p><b>{c.percent} %</b> of <Text text={c.name} /> was reached by {count(c.flows, "flow")}{newest(c)}.</p>
          {c.totals.map((t) => (
            <label>{t.kind} <meter min={0} max={t.parts} value={t.reached} /> <span>{digits(t.reached)} of {digits(t.parts)}</span></label>
          ))}
        </>
      )}
    </div>
  );
}

/** A placeholder for a part that is loading, or the reason why it failed. */
function Waits({ error }: { error: string }) {
  return error ? <p class="bad" role="alert"><Text text={error} /></p> : <p class="faint" role="status">Working…</p>;
}

/** A sentence whose names stand between backticks. */
function Quoted({ text }: { text: string }) {
  return <>{text.split("`").map((part, i, all) => (i % 2 === 1 && i < all.length - 1 ? <code><Text text={part} /></code> : <Text text={part} />))}</>;
}

interface ComparedProps {
  title: string;
  c: Comparison | undefined;
  error: string;
  none: ComponentChildren;
  place: (method: string, path: string) => ComponentChildren;
}

function Compared({ title, c, error, none, place }: ComparedProps) {
  return (
    <>
      <h3>{title} {c && c.name !== "" && <span class="faint"><Text text={c.name} /></span>}</h3>
      {!c ? <Waits error={error} />
        : c.name === "" ? <p class="faint">{none}</p>
        : c.problem !== "" ? <p class="bad" role="alert"><Text text={c.problem} /></p>
        : c.changes.length === 0 ? <p class="faint">None that concern clients.</p> : (
          <Groups more={c.more} list={c.changes.map((x) => ({
            ...x, row: <li>{place(x.method, x.path)} {x.text && <Quoted text={x.text} />}{x.shown && <small class="faint"> (traffic has it)</small>}</li>,
          }))} />
        )}
    </>
  );
}
