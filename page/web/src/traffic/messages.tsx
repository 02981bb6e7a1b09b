import { useEffect, useRef, useState } from "preact/hooks";
import { notifyError } from "../parts/notice";
import { Sequence, type SequenceItem } from "../content/sequence";
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

/** Codes of RFC 6455, section 7.4.1, and of its registry. */
const closeCodes: Record<number, string> = {
  1000: "normal closure", 1001: "going away", 1002: "protocol error", 1003: "unsupported data", 1005: "no code", 1006: "connection lost",
  1007: "invalid data", 1008: "policy violation", 1009: "message too big", 1010: "extension missing", 1011: "internal error",
  1012: "restart", 1013: "try again later", 1014: "bad gateway", 1015: "TLS failed",
};

/** Returns what a close frame says: its code, in words, and the reason. */
function closing(data: Uint8Array): string {
  if (data.length < 2) return "closed without a code";
  const code = data[0]! * 256 + data[1]!;
  const reason = new TextDecoder().decode(data.subarray(2));
  return `${code} ${closeCodes[code] ?? (code >= 3000 ? "code of the application" : "unknown code")}${reason && ": " + reason}`;
}

function item(m: SocketMessage): SequenceItem {
  const data = m.data ? Uint8Array.fromBase64(m.data) : undefined;
  const closes = m.kind === "close";
  return {
    from: m.from_client ? "client" : "server",
    labels: [`+${(m.at / 1000).toFixed(3)} s`, ...(m.kind === "text" ? [] : [m.kind]), bytes(m.size), ...(m.cut ? ["cut"] : [])],
    text: closes ? closing(data ?? new TextEncoder().encode(m.text ?? "")) : m.text ?? "",
    data: closes ? undefined : data,
  };
}
