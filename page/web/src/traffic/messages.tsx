import { useEffect, useRef, useState } from "preact/hooks";
import { notifyError } from "../parts/notice";
import { Sequence, type SequenceItem } from "../parts/sequence";
import { messages as fetchMessages, type SocketMessage } from "./calls.gen";
import { bytes } from "../parts/format";

/** The messages of a WebSocket, as they arrive. */
export function SocketMessages({ seq, last }: { seq: number; last: number }) {
  const all = useRef<{ seq: number; list: SocketMessage[] }>({ seq, list: [] });
  const [, setCount] = useState(0);
  if (all.current.seq !== seq) all.current = { seq, list: [] };
  useEffect(() => {
    const abort = new AbortController();
    const read = async () => {
      const { list } = all.current;
      for (;;) {
        const m = await fetchMessages({ seq, offset: list.length }, abort.signal);
        list.push(...m.messages);
        setCount(list.length);
        if (m.messages.length === 0 || list.length >= m.total) return;
      }
    };
    read().catch((e: unknown) => abort.signal.aborted || notifyError(e));
    return () => abort.abort();
  }, [seq, last]);
  return <Sequence items={all.current.list.map(item)} name="messages" />;
}

function item(m: SocketMessage): SequenceItem {
  return {
    from: m.from_client ? "client" : "server",
    labels: [`+${(m.at / 1000).toFixed(3)} s`, ...(m.kind === "text" ? [] : [m.kind]), bytes(m.size), ...(m.cut ? ["cut"] : [])],
    text: m.text ?? "",
    data: m.data ? Uint8Array.from(atob(m.data), (c) => c.charCodeAt(0)) : undefined,
  };
}
