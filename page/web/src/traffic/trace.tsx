import { useAnswer } from "../parts/answer";
import { Dialog } from "../parts/dialog";
import { Method } from "../parts/names";
import { notifyError } from "../parts/notice";
import { href } from "../parts/route";
import { markOf, Text } from "../parts/text";
import { trace } from "./calls.gen";
import "./detail.css";

/** Where a secret came from, and where it went. */
export function TraceDialog({ value, close }: { value: string; close: () => void }) {
  const [found] = useAnswer((signal) => trace({ value }, signal), [value], (e) => {
    notifyError(e);
    close();
  });
  const flows = [...new Set(found?.places.map((o) => o.flow_id))];
  return (
    <Dialog title={"Where does " + markOf(value).text + " come from?"} wide close={close}>
      {!found ? <p class="empty">Searching…</p> : (
        <>
          <p>{found.source ? <>From <Text text={found.source} />.</> : "No flow has this value."}</p>
          {found.more && <p class="warn">Only a part of the flows was searched: there may be more.</p>}
          {flows.length > 0 && <p><a href={href("traffic", [], { filter: flows.map((n) => `number:${n}`).join(" or ") })}>Show the flows in the list</a></p>}
          <table class="differences traced">
            <thead><tr><th scope="col">Flow</th><th scope="col">Request</th><th scope="col">Where</th></tr></thead>
            <tbody>
              {found.places.map((o, i) => {
                const again = found.places[i - 1]?.flow_id === o.flow_id;
                return (
                  <tr>
                    <th scope="row">{!again && <a href={href("traffic", [o.flow_id])}>{o.flow_id}</a>}</th>
                    <td>{!again && <><Method method={o.method} /> <Text text={o.url} /></>}</td>
                    <td>{o.side}: {o.place} <Text text={o.name} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </Dialog>
  );
}
