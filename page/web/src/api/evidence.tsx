import { useState } from "preact/hooks";
import { digits } from "../parts/format";
import { Text } from "../parts/text";
import type { Finding, Reason } from "./calls.gen";

const number = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });

/** The decisions on an operation in a line and a bar each, with the strongest reasons; on demand with all of them and their weights. */
export function Evidence({ findings }: { findings: Finding[] }) {
  const [whole, setWhole] = useState(false);
  const groups: { about: string; findings: Finding[] }[] = [];
  for (const f of findings) {
    if (groups[groups.length - 1]?.about !== f.about) groups.push({ about: f.about, findings: [] });
    groups[groups.length - 1]!.findings.push(f);
  }
  const widest = Math.max(1, ...findings.flatMap((f) => [...f.for, ...f.against].map((r) => Math.abs(r.weight ?? 0))));
  return (
    <>
      {findings.length > 0 && (
        <>
          <label class="toggle"><input type="checkbox" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} /> all reasons, with weights</label>
          <p class="faint">An exchange is a flow whose bodies were read. A path or a schema that several operations share is counted over all of them.</p>
        </>
      )}
      {groups.map((g) => (
        <section class="decisions">
          <h3>{g.about === "corrected" ? "Corrected by a person" : <Text text={g.about} />}</h3>
          {g.findings.map((f) => whole ? <Weights f={f} widest={widest} /> : <Decision f={f} />)}
        </section>
      ))}
    </>
  );
}

function Decision({ f }: { f: Finding }) {
  const certainty = f.certainty ?? 0;
  return (
    <div class="decision">
      <p>{f.subject && <code><Text text={f.subject} /></code>} <Text text={f.result} /></p>
      {certainty > 0 && (
        <p class="counts">
          <span class="certainty" aria-hidden="true"><span style={{ width: `${((certainty - 0.5) * 200).toFixed(0)}%` }} /></span>
          <span class="faint">{Math.round(certainty * 100)} % certain</span>
        </p>
      )}
      {(f.opposes ?? 0) > 0 && <Counts supports={f.supports ?? 0} opposes={f.opposes ?? 0} />}
      {f.because && <p class="because"><Text text={f.because} /></p>}
    </div>
  );
}

/** One decision with all that speaks for and against it. */
function Weights({ f, widest }: { f: Finding; widest: number }) {
  const counted = (f.opposes ?? 0) > 0;
  return (
    <div class="decision">
      <p>{f.subject && <code><Text text={f.subject} /></code>} <Text text={f.result} /></p>
      {f.weighed && (
        <p class="score">
          score <b>{number.format(f.score ?? 0)}</b>, threshold 0: <span class="faint">above it speaks for a parameter, below it for a literal</span>
        </p>
      )}
      {counted && <Counts supports={f.supports ?? 0} opposes={f.opposes ?? 0} />}
      {f.for.length + f.against.length > 0 && (
        <ul>
          {f.for.map((r) => <ReasonRow r={r} for widest={widest} />)}
          {f.against.map((r) => <ReasonRow r={r} for={false} widest={widest} />)}
        </ul>
      )}
    </div>
  );
}

/** One reason. Weighed ones are bars from the middle: to the right for a parameter, to the left for a literal. */
function ReasonRow({ r, for: isFor, widest }: { r: Reason; for: boolean; widest: number }) {
  const w = r.weight ?? 0;
  const share = `${(Math.min(1, Math.abs(w) / widest) * 50).toFixed(1)}%`;
  return (
    <li>
      <span class={"sign " + (isFor ? "good" : "bad")}>{isFor ? "for" : "against"}</span>
      {w === 0 ? <span /> : (
        <span class="bar-box" aria-hidden="true">
          <span class={"weight " + (isFor ? "for" : "against")} style={w > 0 ? { left: "50%", width: share } : { right: "50%", width: share }} />
        </span>
      )}
      <span class="amount">{w === 0 ? "" : number.format(w)}</span>
      <span><Text text={r.text} />{w !== 0 && (r.count ?? 0) > 1 && <span class="faint"> ×{digits(r.count!)}</span>}</span>
    </li>
  );
}

function Counts({ supports, opposes }: { supports: number; opposes: number }) {
  const share = `${((supports / (supports + opposes)) * 100).toFixed(1)}%`;
  return (
    <p class="counts">
      <span class="good">{digits(supports)} for</span>
      <span class="share" aria-hidden="true"><span class="weight for" style={{ left: 0, width: share }} /></span>
      <span class="bad">{digits(opposes)} against</span>
    </p>
  );
}
