import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { notify, notifyError } from "../parts/notice";
import { plain, Text } from "../parts/text";
import { revoke, type Grant, type State } from "./calls.gen";
import { NoFile } from "../parts/nofile";
import { when } from "../parts/format";

/** Who may use the gateway. */
export function Grants({ s }: { s: State }) {
  const [asked, setAsked] = useState<Grant>();
  if (s.grants_file === "") return <NoFile what="a file of grants" flag="--grants" by="spectap gateway --grants FILE" />;
  if (s.grants_error) return <p class="empty bad" role="alert"><Text text={s.grants_error} /></p>;
  if (s.grants.length === 0) return <p class="empty">There are no grants. <code>spectap grant add</code> makes one, and prints its token once.</p>;
  const take = (g: Grant) => revoke({ name: g.name, version: g.version }).then(() => notify(`${plain(g.name)} is revoked. Its sessions end within a second.`), notifyError)
    .finally(() => setAsked(undefined));
  return (
    <>
      <table class="guard-table guard-grants">
        <caption class="sr">Grants</caption>
        <thead><tr><th scope="col">Name</th><th scope="col">Valid</th><th scope="col">For</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
        <tbody>
          {s.grants.map((g) => (
            <tr key={g.name}>
              <th scope="row"><Text text={g.name} /></th>
              <td>since {when(g.created)}<br />
                {g.expired ? <b class="bad">expired {when(g.expires!)}</b> : g.expires ? `until ${when(g.expires)}` : <span class="faint">does not expire</span>}</td>
              <td>
                {g.tools.length > 0 ? <>tools <Text text={g.tools.join(", ")} /></> : "all tools that the policy allows"}
                {g.policy && <><br />policy <Text text={g.policy} /></>}
                {g.claims.length > 0 && <><br />access tokens with <Text text={g.claims.join(", ")} /></>}
              </td>
              <td><button type="button" aria-label={`Revoke ${plain(g.name)}`} onClick={() => setAsked(g)}>Revoke…</button></td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked && (
        <Dialog title="Revoke a grant" close={() => setAsked(undefined)}>
          <p>Nobody can use <b><Text text={asked.name} /></b> any more, and its sessions end. A token cannot be had back.</p>
          <p class="guard-actions">
            <button type="button" onClick={() => setAsked(undefined)}>Keep</button>
            <button type="button" class="guard-bad" onClick={() => void take(asked)}>Revoke</button>
          </p>
        </Dialog>
      )}
    </>
  );
}
