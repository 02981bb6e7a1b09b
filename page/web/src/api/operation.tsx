import { useMemo } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { count } from "../parts/format";
import { scrolls, useKeys } from "../parts/keys";
import { Method } from "../parts/names";
import { notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { Tabs, tabAfter } from "../parts/tabs";
import { Text } from "../parts/text";
import { lintOperation, literals, operation as fetchOperation, type Content, type Finding, type Learned, type Shown } from "./calls.gen";
import { Decisions } from "./evidence";
import { Findings, FoundContext, placed } from "./findings";
import { targetsOf, targetsOfHost, targetsOfNode, type Target } from "./correct";
import { Shares, Took } from "./shares";
import { Tree, type Shown as ShownNode } from "./schema";

interface Props {
  host: string;
  method: string;
  path: string;
  /** The tab that is shown. */
  tab: "description" | "evidence";
  /** Changes when the catalog has learned. */
  version: Learned;
  /** The other hosts with an API. */
  others: string[];
  /** The arrows to the left and right choose a tab. */
  arrows: boolean;
  onClose: () => void;
  /** Opens the dialog that corrects one of these. */
  onCorrect: (targets: Target[]) => void;
}

const tabs = [["description", "Description"], ["evidence", "Evidence", "Evidence (e)"]] as const;

/** One operation: what the document says, and why. */
export function OperationDetail({ host, method, path, tab, version, others, arrows, onClose, onCorrect }: Props) {
  const on = [host, method, path, version];
  const isThere = version.operations.some((o) => o.method === method && o.path === path);
  const [shown, failed] = useAnswer((signal) => (isThere ? fetchOperation({ host, method, path }, signal) : undefined), on);
  const [lint] = useAnswer((signal) => (isThere ? lintOperation({ host, method, path }, signal) : undefined), on); // the review says why there is none
  const error = !isThere && !version.learning ? "The document has no such operation any more: later flows or a correction changed it." : failed;
  const show = (name: string) => go(href("api", [host, method, path], { tab: name === "evidence" ? name : "" }));
  const s = shown?.operation.method === method && shown.operation.path === path ? shown : undefined;
  const correct = () => s && Promise.all(s.segments.map((g) => (g.parameter ? literals({ host, at: g.at }) : { values: [] })))
    .then((of) => onCorrect(targetsOf(s, of, targetsOfHost(host, others))), notifyError);
  useKeys("Operation", [
    ...(version.correcting ? [{ keys: ["c"], does: "correct the operation, or the value that has the focus", run: () => void correct() }] : []),
    { keys: ["e", "l", "h", ...(arrows ? ["ArrowRight", "ArrowLeft"] : [])], does: "the evidence for what the document says, or back to the description", run: () => show(tabAfter(tabs, tab, 1)) }]);
  return (
    <section class="api-detail" aria-label="Operation">
      <header>
        <h2><Method method={method} /> <Text text={path} path /></h2>
        <span class="spacer" />
        <a class="button" href={href("call", ["op", host, method, path])}>Call</a>
        {version.correcting && <button type="button" onClick={() => void correct()} disabled={!s} title="Correct (c)">Correct</button>}
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <Tabs label="Parts of the operation" class="tabs small" id="about" controls="about" tabs={tabs} current={tab} choose={show} />
      <div class="api-about layer" role="tabpanel" id="about" aria-labelledby={"about-" + tab} tabIndex={0} onKeyDown={scrolls}>
        {error && <p class="empty" role="alert">{error}</p>}
        {s && !error && (tab === "evidence" ? <Decisions list={s.decisions} /> : <Description s={s} lint={lint?.findings ?? []} onCorrect={version.correcting ? (n) => onCorrect(targetsOfNode(n)) : undefined} />)}
      </div>
    </section>
  );
}

interface DescriptionProps {
  s: Shown;
  lint: Finding[];
  onCorrect: ((n: ShownNode) => void) | undefined;
}

function Description({ s, lint, onCorrect }: DescriptionProps) {
  const found = useMemo(() => placed(s, lint), [s, lint]);
  return (
    <FoundContext.Provider value={found}>
      <p><b><Text text={s.summary} /></b> <code><Text text={s.operation.name} /></code></p>
      {s.description && <p class="prose"><Text text={s.description} /></p>}
      <p><a href={href("traffic", [], { filter: s.filter })}>{count(s.operation.flows, "flow")} in Traffic</a></p>
      <Shares statuses={s.operation.statuses} />
      <Took key={s.filter} filter={s.filter} version={s.operation.flows} />
      <Findings list={found.get(s.pointer)} />
      <h3>Security</h3>
      <p>
        {s.security.length === 0 ? <span class="faint">nothing is known</span>
          : s.security.map((a, i) => <>{i > 0 && <b> or </b>}<Text text={a} /></>)}
      </p>
      {s.parameters.length > 0 && (
        <>
          <h3>Parameters</h3>
          <Tree label="Parameters" onCorrect={onCorrect} nodes={s.parameters.map((p) => ({ ...p.schema, place: p.in }))} />
        </>
      )}
      {s.request.length > 0 && <><h3>Request</h3><Contents of={s.request} title="Request" onCorrect={onCorrect} /></>}
      {s.responses.map((r) => (
        <>
          <h3>Response <Text text={r.status} /> <span class="faint"><Text text={r.description} /></span></h3>
          <Findings list={found.get(r.pointer)} />
          {r.headers.length > 0 && <Tree label={"Headers of " + r.status} nodes={r.headers.map((h) => ({ ...h, place: "header" }))} />}
          {r.content.length === 0 ? <p class="faint">no body</p> : <Contents of={r.content} title={"Response " + r.status} onCorrect={onCorrect} />}
        </>
      ))}
    </FoundContext.Provider>
  );
}

function Contents({ of, title, onCorrect }: { of: Content[]; title: string; onCorrect: DescriptionProps["onCorrect"] }) {
  return (
    <>
      {of.map((c) => (
        <>
          <p class="media"><Text text={c.type} /></p>
          <Tree label={`${title} ${c.type}`} onCorrect={onCorrect} nodes={[{ ...c.schema, name: c.schema.name ?? "" }]} />
          {c.cut && <p class="warn">This schema is too large to show whole; the document has all of it.</p>}
        </>
      ))}
    </>
  );
}
