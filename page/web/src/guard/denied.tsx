import { useFeed } from "../parts/answer";
import { digits, when } from "../parts/format";
import { Loading } from "../parts/loading";
import { notify, notifyError } from "../parts/notice";
import { href } from "../parts/route";
import { plain, Text } from "../parts/text";
import { change, denials } from "./calls.gen";

/** What guards of proxies denied, by operation, and what can be done about it. */
export function Denied() {
  const [d, error] = useFeed(denials, {}, []);
  if (error) return <p class="empty bad" role="alert"><Text text={error.message} /></p>;
  if (!d) return <Loading />;
  const set = (operation: string, says: string) => void change({ operation, version: d.version }).then(() => notify(`The policy ${says}. A guard that runs follows within a second.`), notifyError);
  return (
    <>
      <p class="guard-note faint">{d.policy ? <>Policy <Text text={d.policy} /></> : <>To allow operations here: <code>spectap ui --policy FILE</code></>}</p>
      {d.denied.length === 0 && <p class="empty">No request was denied. <code>spectap run --guard api.yaml -- CMD</code> lets only operations of a document pass.</p>}
      <table class="guard-table guard-denied" aria-label="Denied requests" hidden={d.denied.length === 0}>
        <thead><tr><th scope="col">Operation</th><th scope="col">Denied</th><th scope="col">Why</th><th scope="col">What to do</th></tr></thead>
        <tbody>{d.denied.map((n) => (
          <tr key={n.seq}>
            <th scope="row"><Text text={n.operation || "no operation"} /><br /><a href={href("traffic", [n.seq])}><Text text={n.request} /></a></th>
            <td>{digits(n.count)}×, last<br /><span class="faint">{when(n.last)}</span></td>
            <td>by <Text text={n.rule} /><br /><span class="soft"><Text text={n.reason} /></span></td>
            <td>
              {n.state === "denied" && <button type="button" aria-label={`Allow this operation, ${plain(n.operation)}`} onClick={() => set(n.operation, "allows " + plain(n.operation))}>Allow this operation</button>}
              {n.state === "allowed" && <b class="good">allowed now </b>}
              {n.state === "allowed" && d.undo === n.operation && <button type="button" onClick={() => set("", "is as before")}>Undo</button>}
              <Text text={n.note} />
            </td>
          </tr>
        ))}</tbody>
      </table>
    </>
  );
}
