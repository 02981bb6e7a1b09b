// The chains of operations that recur: each is a row of steps, with the values that go from one to a later one.
import { useAnswer } from "../parts/answer";
import { count, digits } from "../parts/format";
import { Loading } from "../parts/loading";
import { Method } from "../parts/names";
import { notifyError } from "../parts/notice";
import { go, href } from "../parts/route";
import { Roving } from "../parts/roving";
import { plain, Text } from "../parts/text";
import { save } from "../wire";
import { arazzo, workflows, type Learned, type Step, type Taken, type Workflow, type Workflows as Found } from "./calls.gen";
import "./workflows.css";

interface Props {
  host: string;
  version: Learned;
  onClose: () => void;
}

export function Workflows({ host, version, onClose }: Props) {
  const [w, error] = useAnswer((signal) => workflows({ host }, signal), [host, version.corrections, version.operations.length]); // not with each flow
  const some = w !== undefined && w.found.length > 0;
  const notes = !some ? "" : [
    w.newest ? `the newest ${count(w.newest, "flow")} were read` : "", w.more > 0 ? `${digits(w.more)} more: spectap workflows --limit 0` : "",
    w.one_off > 0 ? `${count(w.one_off, "chain")} seen once left out` : "",
  ].filter((x) => x).join(" · ");
  return (
    <section class="api-detail api-workflows" aria-label="Workflows">
      <header>
        <h2>Workflows of <Text text={host} /></h2>
        <span class="spacer" />
        {some && <button type="button" title="As an Arazzo document, which other programs run" onClick={() => void arazzo({ host }).then(save, notifyError)}>Save Arazzo</button>}
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      <div class="api-about layer" role="region" aria-label="Chains of operations" tabIndex={0}>
        {error ? <p class="empty" role="alert"><Text text={error} /></p> : !w ? <Loading /> : some ? (
          <p class="faint">Operations that clients repeat, one after the other. An arrow names what a step takes from an earlier answer: of the step before, or of the one that is numbered. A step opens its flow.</p>
        ) : (
          <div class="empty"><p>No chain of operations recurs{newest(w)}.</p>
            <p>A workflow is what clients do in two sessions, such as create, read, delete: <code>spectap run -- COMMAND</code> records one.</p></div>
        )}
        {w?.found.map((f) => <Chain key={f.id} f={f} sessions={w.sessions} />)}
        {notes !== "" && <p class="faint">{notes}</p>}
      </div>
    </section>
  );
}

const newest = (w: Found) => (w.newest ? ` in the newest ${count(w.newest, "flow")}` : "");

/** Returns the address of flows in Traffic, with one of them open. */
const flowsAt = (flows: number[], open?: number) => href("traffic", open === undefined ? [] : [open], { filter: flows.map((n) => `number:${n}`).join(" or ") });

function Chain({ f, sessions }: { f: Workflow; sessions: number }) {
  const support = sessions > 1 ? `in ${digits(f.sessions)} of ${count(sessions, "session")}, ${count(f.runs, "run")}` : count(f.runs, "run");
  return (
    <section class="workflow">
      <h3><Text text={f.id} /> <span class="faint">{support}; the newest are flows {f.flows.map((run, i) => (
        <>{i > 0 && ", "}<a href={flowsAt(run)}>{run[0]}–{run[run.length - 1]}</a></>
      ))}</span></h3>
      <Roving role="toolbar" label={`Steps of ${plain(f.id)}`} class="workflow-steps">
        {f.steps.map((s, i) => (
          <div class="workflow-step">
            {i > 0 && <span class="workflow-arrow">{s.takes.map((t) => <small><Text text={said(t, i)} /></small>)}</span>}
            <button type="button" title={plain(aboutStep(f, s))} onClick={() => go(flowsAt(f.flows[0]!, f.flows[0]![i]!))}>
              <span class="faint">{i + 1}</span> <Method method={s.method} />{" "}
              {s.statuses.map((x) => <span class={"s-" + Math.floor(x / 100)}>{x} </span>)}{s.until && "↻ "}
              <span class="workflow-path"><Text text={s.path} path /></span>
            </button>
          </div>
        ))}
      </Roving>
    </section>
  );
}

/** The name of a value, with its step unless that is the one before. */
const said = (t: Taken, step: number) => t.name + (t.from < step - 1 ? ` of ${t.from + 1}` : "");

function aboutStep(f: Workflow, s: Step): string {
  const takes = s.takes.map((t) => `${t.place} = ${t.value} of step ${t.from + 1}, in ${digits(t.runs)} of ${count(f.runs, "run")}`);
  return [...takes, s.until && `sent again until ${s.until}`].filter((x) => x).join("\n") || "begins with what the client gives";
}
