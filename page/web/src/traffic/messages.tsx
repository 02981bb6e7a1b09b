import { useEffect, useRef, useState } from "preact/hooks";
import { notifyError } from "../parts/notice";
import { Sequence, type SequenceItem } from "../parts/sequence";
import { messages as fetchMessages, reveal, type SocketMessage } from "./calls.gen";
import { bytes } from "../parts/format";

/** The messages of a WebSocket, as they arrive. */
export function SocketMessages({ seq, last }: { seq: number; last: number }) {
  const all = useRef<{ seq: number; list: SequenceItem[] }>({ seq, list: [] });
  const [, setCount] = useState(0);
  if (all.current.seq !== seq) all.current = { seq, list: [] };
  useEffect(() => {
    const abort = new AbortController();
    const read = async () => {
      const { list } = all.current;
      for (;;) {
        const m = await fetchMessages({ seq, offset: list.length }, abort.signal);
        for (const x of m.messages) list.push(item(x));
        setCount(list.length);
        if (m.messages.length === 0 || list.length >= m.total) return;
      }
    };
    read().catch((e: unknown) => abort.signal.aborted || notifyError(e));
    return () => abort.abort();
  }, [seq, last]);
  return <Sequence key={seq} items={all.current.list} name="messages"
    reveal={(index) => reveal({ seq, response: false, part: "message", index }).then((r) => r.text)} />;
}

function item(m: SocketMessage): SequenceItem {
  return {
    from: m.from_client ? "client" : "server",
    labels: [`+${(m.at / 1000).toFixed(3)} s`, ...(m.kind === "text" ? [] : [m.kind]), bytes(m.size), ...(m.cut ? ["cut"] : [])],
    text: m.text ?? "",
    data: m.data ? Uint8Array.from(atob(m.data), (c) => c.charCodeAt(0)) : undefined,
  };
}
