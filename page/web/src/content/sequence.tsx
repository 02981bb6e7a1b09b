import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Content } from "./content";
import { placeAfter } from "../parts/keys";
import { notifyError } from "../parts/notice";
import { Text } from "../parts/text";
import { VirtualList, type VirtualHandle } from "../parts/virtual";

export interface SequenceItem {
  /** Short texts before the item: its direction, time, type. */
  labels: string[];
  /** A class for its direction. */
  from?: "client" | "server";
  text: string;
  data?: Uint8Array<ArrayBuffer> | undefined;
}

const rowHeight = 24;

/** Items that arrive one after the other, such as messages of a WebSocket: a list, and one of them whole. */
export function Sequence({ items, name, reveal }: { items: SequenceItem[]; name: string; reveal?: (index: number) => Promise<string> }) {
  const [cursor, setCursor] = useState(0);
  const [shown, setShown] = useState<{ index: number; text: string }>(); // with its secrets
  const [follow, setFollow] = useState(false); // from the start, until a person goes to the end
  const virtual = useRef<VirtualHandle>(null);
  useLayoutEffect(() => { // before the next key
    if (follow && items.length > 0) {
      setCursor(items.length - 1);
      virtual.current?.show(items.length - 1);
    }
  }, [items.length]);
  const move = (at: number) => {
    setCursor(at);
    setFollow(at === items.length - 1);
    virtual.current?.show(at);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const to = placeAfter(e.key, cursor, items.length, virtual.current?.page() ?? 10);
    if (e.ctrlKey || e.metaKey || e.altKey || to === undefined) return;
    move(to);
    e.preventDefault();
    e.stopPropagation();
  };
  const current = items[cursor];
  const revealed = shown?.index === cursor ? shown.text : undefined;
  const text = revealed ?? current?.text ?? "";
  if (items.length === 0) return <p class="empty">No {name} yet.</p>;
  return (
    <div class="sequence">
      <VirtualList count={items.length} rowHeight={rowHeight} handle={virtual} class="mono" active={{ index: cursor, id: `item-${cursor}` }}
        attributes={{
          role: "listbox", tabIndex: 0, "aria-label": `${items.length} ${name}`, onKeyDown,
          style: { height: Math.min(items.length, 12) * rowHeight + 2 + "px" },
        }}
        row={(i) => {
          const m = items[i]!;
          return (
            <div id={`item-${i}`} role="option" aria-selected={i === cursor} class={"item" + (i === cursor ? " current" : "")}
              onClick={() => move(i)}>
              {m.from && <span class={"direction " + m.from} title={m.from === "client" ? "from the client" : "from the server"}>
                {m.from === "client" ? "↑" : "↓"}</span>}
              {m.labels.map((l) => <span class="faint">{l} </span>)}
              <Text text={m.text.slice(0, 300)} />
            </div>
          );
        }} />
      {current && (
        <div class="sequence-item">
          {reveal && current.text.includes("[redacted:") && (
            <div class="body-tools">
              <button type="button" class="reveal" aria-pressed={revealed !== undefined} onClick={() => {
                if (revealed !== undefined) setShown(undefined);
                else reveal(cursor).then((text) => setShown({ index: cursor, text }), notifyError);
              }}>{revealed === undefined ? "Reveal secrets" : "Hide secrets"}</button>
            </div>
          )}
          <Item text={text} data={current.data} />
        </div>
      )}
    </div>
  );
}

/** One item. It stays the same content while others arrive, so that its folds and search stay. */
function Item({ text, data }: { text: string; data: SequenceItem["data"] }) {
  const bytes = useMemo(() => data ?? new TextEncoder().encode(text), [text, data]);
  return <Content data={bytes} type={data ? "application/octet-stream" : /^\s*[[{]/.test(text) ? "application/json" : "text/plain"} />;
}
