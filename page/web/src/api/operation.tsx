import { useEffect, useMemo, useState } from "preact/hooks";
import { count } from "../parts/format";
import { scrolls, useKeys } from "../parts/keys";
import { Method } from "../parts/names";
import { go, href } from "../parts/route";
import { Text } from "../parts/text";
import { lintOperation, operation as fetchOperation, type Content, type Learned, type Lint, type Shown } from "./calls.gen";
import { Evidence } from "./evidence";
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

const tabs = [["description", "Description"], ["evidence", "Evidence"]] as const;

/** One operation: what the document says, and why. */
export function OperationDetail({ host, method, path, tab, version, others, arrows, onClose, onCorrect }: Props) {
  const [shown, setShown] = useState<Shown>();
  const [error, setError] = useState("");
  const [lint, setLint] = useState<Lint[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    if (!version.learning && !version.operations.some((o) => o.method === method && o.path === path)) {
      setError("The document has no such operation any more: later flows or a correction changed it.");
      return;
    }
    fetchOperation({ host, method, path }, abort.signal).then((s) => {
      setShown(s);
      setError("");
    }, (e: Error) => { if (!abort.signal.aborted) setError(e.message); });
    lintOperation({ host, method, path }, abort.signal).then((l) => setLint(l.findings), () => {}); // the review says why
    return () => abort.abort();
  }, [host, method, path, version]);
  const other = tab === "evidence" ? "description" : "evidence";
  const turn = () => go(href("api", [host, method, path], { tab: other === "evidence" ? other : "" }));
  const s = shown?.operation.method === method && shown.operation.path === path ? shown : undefined;
  const correct = () => s && onCorrect(targetsOf(s, targetsOfHost(host, others)));
  useKeys("Operation", [
    ...(version.correcting ? [{ keys: ["c"], does: "correct the operation, or the value that has the focus", run: () => void correct() }] : []),
    { keys: ["e", "l", "h", ...(arrows ? ["ArrowRight", "ArrowLeft"] : [])], does: "the evidence for what the document says, or back to the description", run: turn }]);
  return (
    <section class="api-detail" aria-label="Operation">
      <header>
        <h2><Method method={method} /> <Text text={path} path /></h2>
        <span class="spacer" />
        <a class="button" href={href("call", ["op", host, method, path])}>Call</a>
        {version.correcting && <button type="button" onClick={() => void correct()} disabled={!s} title="Correct (c)">Correct</button>}
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <div role="tablist" aria-label="Parts of the operation" class="tabs small">
        {tabs.map(([name, title]) => (
          <button type="button" role="tab" id={"about-" + name} aria-selected={name === tab} aria-controls="about"
            tabIndex={name === tab ? 0 : -1} title={name === "evidence" ? "Evidence (e)" : undefined} onClick={() => name !== tab && turn()}
            onKeyDown={(e) => {
              if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
              turn();
              document.getElementById("about-" + other)?.focus(); // before the next key
              e.stopPropagation();
              e.preventDefault();
            }}>{title}</button>
        ))}
      </div>
      <div class="api-about layer" role="tabpanel" id="about" aria-labelledby={"about-" + tab} tabIndex={0} onKeyDown={scrolls}>
        {error && <p class="empty" role="alert">{error}</p>}
        {s && !error && (tab === "evidence" ? <Evidence findings={s.findings} /> : <Description s={s} lint={lint} onCorrect={version.correcting ? (n) => onCorrect(targetsOfNode(n)) : undefined} />)}
      </div>
    </section>
  );
}

interface DescriptionProps {
  s: Shown;
  lint: Lint[];
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
