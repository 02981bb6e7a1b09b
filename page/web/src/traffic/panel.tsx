import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useKeys } from "../parts/keys";
import { go, href, type Route } from "../parts/route";
import { FilterBar, type FilterHandle } from "./filter";
import { FlowDetail } from "./detail";
import { FlowList } from "./list";
import { Table } from "./table";
import "./style.css";

/** The Traffic panel. Its address is #/traffic/SEQ?filter=TEXT. */
export default function Traffic({ route }: { route: Route }) {
  const filter = route.query.get("filter") ?? "";
  const open = Number(route.path[0] ?? 0) || 0;
  const marked = useSignal<Set<number>>(new Set());
  const bar = useRef<FilterHandle>(null);

  const list = useMemo(() => new FlowList(filter), [filter]);
  useEffect(() => {
    void list.start();
    return () => list.stop();
  }, [list]);

  const show = (seq: number) => go(href("traffic", seq > 0 ? [seq] : [], { filter }), open > 0 && seq > 0);
  const search = (text: string) => go(href("traffic", open > 0 ? [open] : [], { filter: text }));
  const mark = (seq: number) => {
    const next = new Set(marked.value);
    if (!next.delete(seq)) next.add(seq);
    marked.value = next;
  };
  useKeys("Traffic", [
    { keys: ["/"], does: "edit the filter", run: () => bar.current?.focus() },
    { keys: ["Escape"], does: "close the flow", run: () => show(0) },
  ]);

  return (
    <div class={"traffic" + (open > 0 ? " with-detail" : "")}>
      <FilterBar handle={bar} filter={filter} list={list} onFilter={search} />
      <div class="traffic-body">
        <section class="traffic-list" aria-label="List of flows">
          <Table list={list} open={open} marked={marked.value} onOpen={show} onMark={mark} />
          <Empty list={list} filter={filter} />
        </section>
        {open > 0 && <FlowDetail key={open} seq={open} list={list} onClose={() => show(0)} />}
      </div>
    </div>
  );
}

function Empty({ list, filter }: { list: FlowList; filter: string }) {
  list.version.value;
  if (list.error.value) return <p class="empty" role="alert">{list.error.value.message}</p>;
  if (!list.ready.value || list.rows.length > 0) return null;
  if (list.loading.value) return <p class="empty">Searching…</p>;
  if (filter !== "") return <p class="empty">No flow matches the filter.</p>;
  return (
    <div class="empty">
      <p>No traffic yet.</p>
      <p>Record some: <code>spectap run -- npm test</code> records one command, <code>spectap proxy</code> any program that uses the proxy.</p>
    </div>
  );
}
