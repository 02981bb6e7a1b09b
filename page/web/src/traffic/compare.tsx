import { useAnswer } from "../parts/answer";
import { Dialog } from "../parts/dialog";
import { notifyError } from "../parts/notice";
import { Text } from "../parts/text";
import { compare, type Difference } from "./calls.gen";
import "./detail.css";

/** What differs between two flows. */
export function CompareDialog({ a, b, close }: { a: number; b: number; close: () => void }) {
  const [result] = useAnswer((signal) => compare({ a, b }, signal), [a, b], (e) => {
    notifyError(e);
    close();
  });
  return (
    <Dialog title={`Flows ${a} and ${b}`} wide close={close}>
      {result && (
        <>
          <Differences title="Request" list={result.request} a={a} b={b} />
          <Differences title="Response" list={result.response} a={a} b={b} />
          {result.equal.length > 0 && <p><b>Hidden, and equal:</b> {result.equal.map((n, i) => <>{i > 0 && ", "}<code><Text text={n} /></code></>)}</p>}
          {result.partly && <p class="warn">A body is too large or was not recorded whole: there may be more differences.</p>}
        </>
      )}
    </Dialog>
  );
}

function Differences({ title, list, a, b }: { title: string; list: Difference[]; a: number; b: number }) {
  if (list.length === 0) return <p><b>{title}:</b> nothing differs.</p>;
  return (
    <table class="differences">
      <caption>{title}</caption>
      <thead><tr><th scope="col">Where</th><th scope="col">Flow {a}</th><th scope="col">Flow {b}</th></tr></thead>
      <tbody>
        {list.map((d) => (
          <tr>
            <th scope="row">{d.where} <Text text={d.name ?? ""} /></th>
            {d.change === "hidden" ? <td colSpan={2} class="faint">hidden in both</td> : (
              <>
                <td>{d.change === "only_b" ? <span class="faint">absent</span> : <Text text={d.a ?? ""} />}</td>
                <td>{d.change === "only_a" ? <span class="faint">absent</span> : <Text text={d.b ?? ""} />}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
