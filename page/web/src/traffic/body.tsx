import { useEffect, useState } from "preact/hooks";
import { Text } from "../parts/text";
import { VirtualList } from "../parts/virtual";
import { CallError } from "../wire";
import { body as fetchBody, type Body } from "./calls.gen";

interface Props {
  seq: number;
  last: number;
  response: boolean;
  body: Body;
}

/** A body in the form that suits its media type. */
export function BodyView({ seq, last, response }: Props) {
  const [lines, setLines] = useState<string[]>();
  const [error, setError] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    fetchBody({ seq, response }, abort.signal).then(
      async (f) => setLines((await f.data.text()).split("\n")),
      (e: unknown) => { if (!abort.signal.aborted && e instanceof CallError) setError(e.message); },
    );
    return () => abort.abort();
  }, [seq, last, response]);
  if (error) return <p class="bad" role="alert">{error}</p>;
  if (!lines) return null;
  return (
    <VirtualList class="lines" count={lines.length} rowHeight={18} attributes={{ tabIndex: 0, role: "region", "aria-label": "Body" }}
      row={(i) => <Text text={(lines[i] ?? "").slice(0, 2000)} />} />
  );
}
