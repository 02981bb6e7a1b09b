import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Divider } from "../parts/divider";
import { digits } from "../parts/format";
import { useKeys } from "../parts/keys";
import { Menu } from "../parts/menu";
import { notify, notifyError } from "../parts/notice";
import { go, href, type Route } from "../parts/route";
import { Roving } from "../parts/roving";
import { save } from "../wire";
import { archive } from "./calls.gen";
import { columns, hidden, nextSort, sortOf, toggleColumn } from "./columns";
import { FirstSteps } from "./firststeps";
import { CompareDialog } from "./compare";
import { FlowDetail } from "./detail";
import { Facets } from "./facets";
import { TraceDialog } from "./trace";
import { FilterBar, type FilterHandle } from "./filter";
import { FlowList } from "./list";
import { OperationList } from "./operations";
import { Strip } from "./strip";
import { Table } from "./table";
import { during, replaced } from "./terms";
import "./style.css";

// Beside a list alone, and beside a list with a flow, for which narrow windows have no room.
const besideList = signal(matchMedia("(min-width: 1100px)").matches);
const besideFlow = signal(matchMedia("(min-width: 1400px)").matches);
const narrow = matchMedia("(max-width: 760px)");
const operations = new OperationList();
/** Goes on while another panel is open: reading all flows again takes long. */
let kept: FlowList | undefined;

/** The Traffic panel. Its address is #/traffic/SEQ?filter=TEXT, with value=PLACEHOLDER to trace a secret. */
export default function Traffic({ route }: { route: Route }) {
  const filter = route.query.get("filter") ?? "";
  const sort = route.query.get("sort") ?? "";
  const value = route.query.get("value") ?? "";
  const open = Number(route.path[0] ?? 0) || 0;
  const marked = useSignal<Set<number>>(new Set());
  const comparing = useSignal<[number, number] | undefined>(undefined);
  const showFacets = open > 0 ? besideFlow : besideList;
  const bar = useRef<FilterHandle>(null);
  const moves = useRef(false); // the focus, with the facets that come or go
  const showOrHide = () => {
    moves.current = true;
    showFacets.value = !showFacets.value;
  };
  useLayoutEffect(() => {
    if (moves.current) document.querySelector<HTMLElement>(showFacets.value ? ".facets [tabindex='0']" : ".traffic [role=grid]")?.focus();
    moves.current = false;
  }, [showFacets.value]);
  useLayoutEffect(() => { // a list that is covered cannot keep the focus, nor a flow that is closed, or another panel
    const grid = document.querySelector<HTMLElement>(".traffic [role=grid]");
    const lost = document.activeElement === document.body;
    if (open > 0 && narrow.matches && (lost || document.activeElement === grid)) document.getElementById("part")?.focus();
    if (open === 0 && lost && kept) grid?.focus();
  }, [open > 0]);

  const list = useMemo(() => (kept?.filter === filter && !kept.error.value ? kept : new FlowList(filter)), [filter]);
  useEffect(() => {
    if (list !== kept) {
      kept?.stop();
      void list.start();
    }
    kept = list;
    operations.start(list);
    return () => operations.stop();
  }, [list]);

  const show = (seq: number) => go(href("traffic", seq > 0 ? [seq] : [], { filter, sort }), open > 0 && seq > 0);
  const typing = useRef(""); // the address of what is typed, which is one step of the history
  const search = (text: string, typed = false) => {
    go(href("traffic", open > 0 ? [open] : [], { filter: text, sort }), typed && typing.current === location.hash);
    typing.current = typed ? location.hash : "";
  };
  const by = sortOf(sort) ?? { column: columns[0], down: false };
  const order = (sort: string) => go(href("traffic", open > 0 ? [open] : [], { filter, sort }), true);
  const pause = () => list.pause(!list.paused.value);
  const fromNow = () => search(replaced(filter, ["time"], during(Date.now())));
  const mark = (seq: number) => {
    const next = new Set(marked.value);
    if (!next.delete(seq)) next.add(seq);
    marked.value = next;
  };
  const flows = [...marked.value].sort((a, b) => a - b);
  const exportHAR = () => archive({ flows, filter }).then(save, notifyError);
  const compare = () => {
    if (flows.length === 2) comparing.value = [flows[0]!, flows[1]!];
    else if (flows.length === 1 && open > 0 && open !== flows[0]) comparing.value = [flows[0]!, open];
    else notify(flows.length > 2 ? "More than two flows are marked: u unmarks all." : "Mark two flows with x, or mark one and open another.");
  };
  const canCompare = flows.length === 2 || (flows.length === 1 && open > 0 && open !== flows[0]);
  useKeys("Traffic", [
    { keys: ["/"], does: "edit the filter", run: () => bar.current?.focus() },
    { keys: ["f"], does: "show or hide the facets: hosts, operations, statuses …", run: showOrHide },
    { keys: ["d"], does: "compare two marked flows, or the marked and the open one", run: compare },
    { keys: ["s"], does: "save the marked flows as HAR, or all that the filter selects", run: () => void exportHAR() },
    { keys: ["p"], does: "pause, or take what came meanwhile and go on", run: pause },
    { keys: ["C"], does: "show only what comes from now on", run: fromNow },
    { keys: ["v"], does: "choose columns, and what to sort by", run: () => document.getElementById("columns")?.click() },
    { keys: ["u"], does: "unmark all", run: () => (marked.value = new Set()) },
    { keys: ["Escape"], does: "close the flow, or the facets that cover the list", run: () => (open === 0 && narrow.matches && showFacets.value ? showOrHide() : show(0)) },
  ]);

  return (
    <div class={"traffic" + (open > 0 ? " with-detail" : "")}>
      <FilterBar handle={bar} filter={filter} list={list} onFilter={search}>
        {flows.length > 0 && <span class="faint">{digits(flows.length)} marked</span>}
        <Roving role="toolbar" label="Flows" class="tools">
          <button type="button" aria-pressed={showFacets.value} title="Hosts, operations, statuses … (f)"
            onClick={() => (showFacets.value = !showFacets.value)}>Facets</button>
          <button type="button" aria-pressed={list.paused.value} title="Pause (p)" onClick={pause}>Pause</button>
          <button type="button" title="Show only what comes from now on (C). The store keeps all." onClick={fromNow}>From now on</button>
          <Menu label="Columns" name="columns" title="Columns, and what to sort by (v)" items={[
            ...columns.map((c) => ({ heading: "Show", label: c.menu ?? c.title, checked: !hidden.value.includes(c.name), run: () => toggleColumn(c.name) })),
            ...columns.filter((c) => c.name !== "waterfall").map((c) => ({ heading: "Sort by", label: (c.menu ?? c.title) + (c === by.column ? (by.down ? " ↓" : " ↑") : ""), run: () => order(nextSort(sortOf(sort), c)) })),
          ]} />
          {canCompare && <button type="button" onClick={compare} title="Compare (d)">Compare</button>}
          <button type="button" onClick={() => void exportHAR()}
            title={flows.length > 0 ? "Save the marked flows (s)" : "Save all that the filter selects (s)"}>HAR</button>
        </Roving>
      </FilterBar>
      <div class="traffic-body" aria-busy={list.loading.value}>
        {showFacets.value && <Facets list={list} operations={operations} filter={filter} onFilter={(text) => {
          search(text);
          if (narrow.matches) showOrHide(); // they cover the list
        }} />}
        <section class="traffic-list" aria-label="List of flows">
          <Strip list={list} filter={filter} onFilter={search} />
          <Table list={list} operations={operations} open={open} marked={marked.value} sort={sort} onOpen={show} onMark={mark} onSort={order} />
          <Empty list={list} filter={filter} onFilter={search} />
        </section>
        {open > 0 && <Divider name="detail" label="Width of the flow" width={52} />}
        {open > 0 && <FlowDetail seq={open} list={list} onClose={() => show(0)} />}
      </div>
      {value !== "" && <TraceDialog key={value} value={value} close={() => go(href("traffic", open > 0 ? [open] : [], { filter, sort }), true)} />}
      {comparing.value && <CompareDialog a={comparing.value[0]} b={comparing.value[1]} close={() => (comparing.value = undefined)} />}
    </div>
  );
}

function Empty({ list, filter, onFilter }: { list: FlowList; filter: string; onFilter: (text: string) => void }) {
  list.version.value;
  if (list.error.value) return list.error.value.column > 0 ? null : <p class="empty" role="alert">{list.error.value.message}</p>; // the bar shows a mistake
  if (!list.ready.value || list.rows.length > 0) return null;
  if (list.loading.value) return <p class="empty">Searching…</p>;
  if (filter !== "") {
    return (
      <div class="empty">
        <p>No flow matches the filter.</p>
        <button type="button" onClick={() => onFilter("")}>Show all flows</button>
      </div>
    );
  }
  return (
    <div class="empty">
      <FirstSteps />
    </div>
  );
}
