import { useAnswer } from "../parts/answer";
import { Dialog } from "../parts/dialog";
import { notifyError } from "../parts/notice";
import { plain, Text } from "../parts/text";
import { corrections, remove } from "./calls.gen";
import type { Effect } from "./correct";

interface Props {
  host: string;
  version: string;
  close: () => void;
  done: (e: Effect) => void;
}

/** All corrections, those that fit no longer marked. */
export function CorrectionsDialog({ host, version, close, done }: Props) {
  const [list, error] = useAnswer((signal) => corrections({}, signal), [version]);
  return (
    <Dialog title="Corrections" close={close} wide>
      {error && <p class="bad" role="alert"><Text text={error} /></p>}
      {list && list.entries.length === 0 && <p class="faint">There are none. Open an operation and press <kbd>c</kbd>.</p>}
      {list && list.entries.length > 0 && (
        <table class="api-corrections">
          <caption class="faint">in <Text text={list.path} />{list.undo !== "" && <>; <kbd>u</kbd> undoes <Text text={list.undo} /></>}</caption>
          <thead><tr><th scope="col">What</th><th scope="col">Correction</th><th scope="col"><span class="sr">Remove</span></th></tr></thead>
          <tbody>
            {list.entries.map((e) => (
              <tr key={`${e.section} ${e.key} ${e.limit}`}>
                <th scope="row"><Text text={e.key || "the API"} /> {e.limit && <small class="faint"><Text text={e.limit} /></small>}</th>
                <td>
                  <Text text={e.says} />
                  {e.misfit && <span class="warn"> fits no longer: <Text text={e.misfit} /></span>}
                </td>
                <td>
                  <button type="button" aria-label={"Remove " + plain(e.key || "the API")} onClick={() => {
                    remove({ host, version: list.version, section: e.section, key: e.key, limit: e.limit })
                      .then((result) => done({ title: "Removed", result }), notifyError);
                  }}>Remove</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}
