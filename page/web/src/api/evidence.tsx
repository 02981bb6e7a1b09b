import { useState } from "preact/hooks";
import { digits } from "../parts/format";
import { Text } from "../parts/text";
import type { Decision, Evidence } from "./calls.gen";

const number = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });

/** The decisions on an operation in a line and a bar each, with the strongest reasons; on demand with all of them and their weights. */
export function Decisions({ list }: { list: Decision[] }) {
  const [whole, setWhole] = useState(false);
  const groups: Decision[][] = [];
  for (const d of list) {
    if (groups.at(-1)?.[0]!.about === d.about) groups.at(-1)!.push(d);
    else groups.push([d]);
  }
  const widest = Math.max(1, ...list.flatMap((d) => [...d.for, ...d.against].map((r) => Math.abs(r.weight))));
  return (
    <>
      {list.length > 0 && (
        <>
          <label class="toggle"><input type="checkbox" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} /> all reasons, with weights</label>
          <p class="faint">An exchange is a flow whose bodies were read. A path or a schema that several operations share is counted over all of them.</p>
        </>
      )}
      {groups.map((g) => (
        <section class="decisions">
          <h3>{g[0]!.about === "corrected" ? "Corrected by a person" : <Text text={g[0]!.about} />}</h3>
          {g.map((d) => (
            <div class="decision">
              <p>{d.subject && <code><Text text={d.subject} /></code>} <Text text={d.result} /></p>
              {whole ? <Score d={d} /> : <Certainty share={d.certainty ?? 0} />}
              {d.opposes > 0 && <Counts supports={d.supports} opposes={d.opposes} />}
              {whole ? <Reasons d={d} widest={widest} /> : d.because && <p class="because"><Text text={d.because} /></p>}
            </div>
          ))}
        </section>
      ))}
    </>
  );
}

function Certainty({ share }: { share: number }) {
  return share === 0 ? null : (
    <p class="counts">
      <span class="certainty" aria-hidden="true"><span style={{ width: `${((share - 0.5) * 200).toFixed(0)}%` }} /></span>
      <span class="faint">{Math.round(share * 100)} % certain</span>
    </p>
  );
}

/** The sum of the weights of a decision that was weighed. */
function Score({ d }: { d: Decision }) {
  const weights = [...d.for, ...d.against].map((r) => r.weight);
  return weights.every((w) => w === 0) ? null : (
    <p class="score">
      score <b>{number.format(weights.reduce((sum, w) => sum + w, 0))}</b>, threshold 0: <span class="faint">above it speaks for a parameter, below it for a literal</span>
    </p>
  );
}

/** All that speaks for and against a decision. */
function Reasons({ d, widest }: { d: Decision; widest: number }) {
  return d.for.length + d.against.length === 0 ? null : (
    <ul>
      {d.for.map((r) => <ReasonRow r={r} for widest={widest} />)}
      {d.against.map((r) => <ReasonRow r={r} for={false} widest={widest} />)}
    </ul>
  );
}

/** One reason. Weighed ones are bars from the middle: to the right for a parameter, to the left for a literal. */
function ReasonRow({ r, for: isFor, widest }: { r: Evidence; for: boolean; widest: number }) {
  const w = r.weight;
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
      <span><Text text={r.text} />{w !== 0 && r.count > 1 && <span class="faint"> ×{digits(r.count)}</span>}</span>
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
