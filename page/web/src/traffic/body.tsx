import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { Content } from "../content/content";
import { notifyError } from "../parts/notice";
import { save } from "../wire";
import { answer as fetchAnswer, body as fetchBody, revealBody, type Answer, type Body } from "./calls.gen";
import { AnswerView } from "./answer";
import { hasSecret } from "./secret";

interface Props {
  seq: number;
  last: number;
  response: boolean;
  body: Body;
}

/** Reports whether a response of a type may be the stream of a language model. */
const mayAssemble = (type: string) => /^(text\/event-stream|application\/(x-)?(ndjson|jsonl|json-seq|stream\+json))/i.test(type);

/** A body, without secrets until the person asks for them. */
export function BodyView({ seq, last, response, body }: Props) {
  const [loaded, error] = useAnswer(async (signal) => {
    const data = new Uint8Array(await (await fetchBody({ seq, response }, signal)).data.arrayBuffer());
    return { data, hidden: hasSecret(new TextDecoder().decode(data)) };
  }, [seq, last, response]);
  const [shown, setShown] = useState<Uint8Array<ArrayBuffer>>();
  const [answer, setAnswer] = useState<Answer>(); // what a stream of events assembles
  useEffect(() => {
    const abort = new AbortController();
    setShown(undefined);
    if (response && mayAssemble(body.type ?? "")) {
      fetchAnswer({ seq }, abort.signal).then((a) => { if (!abort.signal.aborted) setAnswer(a); }, () => undefined); // the events show
    }
    return () => abort.abort();
  }, [seq, last, response]);
  if (error) return <p class="bad" role="alert">{error}</p>;
  if (!loaded) return null;
  const reveal = () => {
    const assemble = (reveal: boolean) => { if (answer?.sections?.length) fetchAnswer({ seq, reveal }).then(setAnswer, notifyError); };
    if (shown) {
      setShown(undefined);
      assemble(false);
    } else {
      revealBody({ seq, response }).then(async (f) => {
        setShown(new Uint8Array(await f.data.arrayBuffer()));
        assemble(true);
      }, notifyError);
    }
  };
  const data = shown ?? loaded.data;
  return (
    <>
      <div class="body-tools">
        {loaded.hidden && <button type="button" class="reveal" aria-pressed={shown !== undefined} onClick={reveal}>
          {shown ? "Hide secrets" : "Reveal secrets"}</button>}
        <button type="button" onClick={() => save({ name: `flow-${seq}-${response ? "response" : "request"}`, data: new Blob([data]) })}>
          Save</button>
      </div>
      {loaded.data.length === 0 ? <p class="faint">Nothing of the body can be shown: it was not recorded, or may hold secrets that cannot be told apart.</p>
        : <Content data={data} type={body.type ?? ""} first={answer?.sections?.length ? { name: "Message", view: <AnswerView answer={answer} /> } : undefined} />}
    </>
  );
}
