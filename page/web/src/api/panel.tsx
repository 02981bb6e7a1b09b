import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { CodeView } from "../content/codeview";
import { Dialog } from "../parts/dialog";
import { Divider } from "../parts/divider";
import { count, digits } from "../parts/format";
import { useKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { notifyError } from "../parts/notice";
import { go, href, noteHost, type Route } from "../parts/route";
import { plain, Text } from "../parts/text";
import { save, subscribe, type CallError } from "../wire";
import { document as fetchDocument, download, learned, type Learned, type Operation } from "./calls.gen";
import { CorrectDialog, EffectDialog, targetsOfHost, undoLast, type Effect, type Target } from "./correct";
import { CorrectionsDialog } from "./corrections";
import { Edges } from "./groups";
import { List } from "./list";
import { Map as OperationMap } from "./map";
import { foldersOf, nameOf, rowsOf, type Row } from "./tree";
import { OperationDetail } from "./operation";
import { Review } from "./review";
import { Workflows } from "./workflows";
import "./style.css";

/** The operations of each host that were there when it was first shown, or were opened since. The others are new. */
const known = new Map<string, Set<string>>();

const wide = matchMedia("(min-width: 1000px)");
/** The open operation covers the list (style.css). */
const narrow = matchMedia("(max-width: 760px)");

const partNames = ["document", "review", "map", "workflows"];

/** The API panel. Its address is #/api/HOST/METHOD/PATH?tab=evidence, or #/api/HOST/ and map, document, review or workflows. */
export default function API({ route }: { route: Route }) {
  const [host = "", method = "", path = ""] = route.path;
  const state = useSignal<Learned | undefined>(undefined);
  const error = useSignal<CallError | undefined>(undefined);
  const [find, setFind] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const [correcting, setCorrecting] = useState<Target[]>();
  const [effect, setEffect] = useState<Effect>();
  const [listing, setListing] = useState(false);
  const [version, setVersion] = useState(""); // of the corrections
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(""); // the row that the keys are at: the path of a folder, or the name of an operation
  const enters = useRef(false); // the next operation takes the focus
  const [leftOut, setLeftOut] = useState(false);
  const [saved, setSaved] = useState(0); // documents
  const [beside, setBeside] = useState(wide.matches);
  useEffect(() => {
    const changed = () => setBeside(wide.matches);
    wide.addEventListener("change", changed);
    return () => wide.removeEventListener("change", changed);
  }, []);
  useEffect(() => subscribe(learned, { host }, (l) => {
    if (l.learning && state.value) l = { ...state.value, learning: true, read: l.read ?? 0 }; // keep the operations until they are learned again
    if (l.host !== "" && !known.has(l.host)) known.set(l.host, new Set(l.operations.map(nameOf)));
    state.value = l;
    error.value = undefined;
  }, (e) => (error.value = e)), [host]);

  const l = state.value;
  useEffect(() => setVersion(l?.corrections ?? ""), [l?.corrections]);
  const showEffect = (e: Effect) => {
    setVersion(e.result.version); // which the feed tells later
    setEffect(e);
  };
  const current = l?.host ?? "";
  useEffect(() => { if (current) noteHost(current); }, [current]);
  const others = (l?.hosts ?? []).filter((h) => h.operations > 0 && h.name !== current).map((h) => h.name);
  const part = method === "" && beside ? "map" : method; // a wide window has room for the map
  const open = method === "" || partNames.includes(method) ? "" : `${method} ${path}`;
  const tab = route.query.get("tab") ?? "";
  if (open !== "") known.get(current)?.add(open);
  const words = find.toLowerCase().split(/\s+/);
  const base = pathOf(l?.servers[0] ?? ""); // which paths of the document do not repeat, unlike those of requests
  const shown = (l?.operations ?? []).filter((o) => words.every((w) => `${o.method} ${base}${o.path} ${o.name}`.toLowerCase().includes(w)));
  const isNew = (o: Operation) => known.get(current)?.has(nameOf(o)) === false;
  // Search results are a flat list, without folders.
  const rows: Row[] = find === "" ? rowsOf(shown, folded, isNew) : shown.map((o) => ({ level: 1, operation: o, rest: o.path }));
  const toggle = (path: string) => {
    const next = new Set(folded);
    if (!next.delete(path)) next.add(path);
    setFolded(next);
  };
  const named = (r: Row) => r.folder?.path ?? nameOf(r.operation!);
  const at = rows.findIndex((r) => named(r) === cursor);
  const folder = rows[at]?.folder?.path ?? "";
  useLayoutEffect(() => { if (open !== "") setCursor(open); }, [open]); // by a link, or in the history
  const addressOf = (o: Operation) => href("api", [current, o.method, o.path], { tab });
  const unnamed = (path: string) => path.replace(/\{[^}]*\}/g, "{}");
  useEffect(() => { // a parameter may have got another name
    const alike = l?.operations.filter((o) => o.method === method && unnamed(o.path) === unnamed(path)) ?? [];
    if (open !== "" && alike.length > 0 && !alike.some((o) => o.path === path)) go(addressOf(alike[0]!), true);
  }, [l]);
  const openRow = (r: Row) => r.operation && go(addressOf(r.operation), open !== "");
  /** Goes to another row. Where the list is seen alone, a row opens with Enter; where it is covered, folders are passed over. */
  const move = (by: 1 | -1) => {
    const covered = narrow.matches && method !== "";
    const i = Math.max(0, Math.min(rows.length - 1, at + by));
    const r = covered ? (by > 0 ? rows.slice(i) : rows.slice(0, i + 1).reverse()).find((r) => r.operation) : rows[i];
    if (!r) return;
    setCursor(named(r));
    if (!covered) window.document.getElementById("operations")?.focus();
    if (covered || !narrow.matches) openRow(r);
  };
  /** Focuses the open operation, or else the list. */
  const focusOpen = () => {
    enters.current = false;
    const detail = method === "" ? null : window.document.querySelector<HTMLElement>(".api-detail .api-about") ?? window.document.querySelector<HTMLElement>("section.api-detail");
    (detail ?? window.document.getElementById("operations"))?.focus();
  };
  const enter = (to: string) => {
    if (location.hash === to) return focusOpen();
    enters.current = true;
    go(to);
  };
  useLayoutEffect(() => { // a link or a row that had the focus may be gone
    if (current !== "" && (enters.current || window.document.activeElement === window.document.body)) focusOpen();
  }, [current, method, path]);
  // An operation that was opened from a part goes back to it.
  const from = useRef("");
  if (partNames.includes(method)) from.current = method;
  else if (method === "") from.current = "";
  const close = () => enter(href("api", current ? [current, ...(open !== "" && from.current ? [from.current] : [])] : []));
  // Of an operation that is open, the document shows its place.
  const showDocument = () => current && enter(href("api", [current, "document"], open !== "" ? { method, path } : {}));
  const showReview = () => current && enter(href("api", [current, "review"]));
  const showWorkflows = () => current && enter(href("api", [current, "workflows"]));
  const saveDocument = () => current && void download({ host: current }).then((f) => {
    save(f);
    setSaved((n) => n + 1);
  }, notifyError);
  const undo = () => l && current && undoLast(current, version).then(showEffect, notifyError);
  useKeys("API", [
    { keys: ["ArrowDown", "j"], does: "the next operation or folder", run: () => move(1) },
    { keys: ["ArrowUp", "k"], does: "the operation or folder before", run: () => move(-1) },
    ...(folder !== "" ? [{ keys: ["Enter", " ", "ArrowLeft", "ArrowRight"], does: "fold or unfold the folder", run: () => toggle(folder) }]
      : [{ keys: ["Enter"], does: "open the operation", run: () => rows[at]?.operation && enter(addressOf(rows[at].operation)) }]),
    { keys: ["z"], does: "fold or unfold all folders", run: () => setFolded(new Set(folded.size > 0 ? [] : foldersOf(shown))) },
    { keys: ["a"], does: "the map: which operations have the flows, and the errors", run: () => current && enter(href("api", [current, "map"])) },
    { keys: ["/"], does: "search operations", run: () => field.current?.focus() },
    { keys: ["d"], does: "show the document, at the operation that is open", run: showDocument },
    { keys: ["r"], does: "review: changes, lint and coverage", run: showReview },
    { keys: ["w"], does: "workflows: chains of operations that clients repeat", run: showWorkflows },
    { keys: ["s"], does: "save the document as YAML", run: saveDocument },
    ...(l?.correcting ? [
      { keys: ["c"], does: "correct what the document says of the API", run: () => setCorrecting(targetsOfHost(current, others)) },
      { keys: ["u"], does: "undo the newest correction", run: () => void undo() },
      { keys: ["m"], does: "all corrections", run: () => setListing(true) },
    ] : []),
    { keys: ["Escape"], does: "close the operation or document", run: close },
  ]);

  if (error.value) return <p class="empty" role="alert">{error.value.message}</p>;
  if (!l) return <Loading />;
  if (l.hosts.length === 0) {
    return l.learning
      ? <p class="empty" role="status">Learning: {digits(l.read ?? 0)} flows were read.</p>
      : <div class="empty"><p>There are no flows yet.</p><p>Record some, and the API appears here: <a href={href("traffic")}>Traffic</a> says how.</p></div>;
  }
  const withDetail = part !== "";
  const outside = l.left_out.reduce((n, x) => n + x.count, 0);
  return (
    <div class={"api" + (withDetail ? " with-detail" : "")}>
      <section class="api-list" aria-label="Operations">
        <div class="api-tools">
          <select aria-label="Host" title={plain(current)} value={current} onChange={(e) => go(href("api", partNames.includes(method) ? [e.currentTarget.value, method] : [e.currentTarget.value]))}>
            {current === "" && <option value="">{plain(host)}: no flows</option>}
            {l.hosts.map((h) => (
              <option key={h.name} value={h.name}>{plain(h.name)} · {count(h.operations, "operation")}, {count(h.flows, "flow")}</option>
            ))}
          </select>
          <input ref={field} type="search" aria-label="Search operations" placeholder="Search operations" value={find}
            onInput={(e) => setFind(e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.key !== "Escape" && e.key !== "Enter") return;
              e.currentTarget.blur();
              window.document.getElementById("operations")?.focus();
            }} />
          <button type="button" onClick={() => current && go(href("api", [current, "map"]))} aria-pressed={part === "map"} title="Map (a)">Map</button>
          <button type="button" onClick={showDocument} aria-pressed={method === "document"}>Document</button>
          <button type="button" onClick={showReview} aria-pressed={method === "review"}>Review</button>
          <button type="button" onClick={showWorkflows} aria-pressed={method === "workflows"} title="Workflows (w)">Workflows</button>
          <button type="button" onClick={saveDocument}>Save YAML</button>
          {l.correcting && <button type="button" onClick={() => setListing(true)} title="Corrections (m)">Corrections</button>}
        </div>
        <p class="api-state faint" role="status">
          {l.learning ? `Learning: ${digits(l.read ?? 0)} flows were read.`
            : `${digits(shown.length)} of ${count(l.operations.length, "operation")}`}
          {l.servers.map((s) => <> · <code><Text text={s} /></code></>)}
          {outside > 0 && <> · <button type="button" class="quiet" onClick={() => setLeftOut(true)}>
            {count(outside, "flow")} left out</button></>}
          <Edges host={current} />
        </p>
        {shown.length === 0 && !l.learning && (l.operations.length > 0
          ? <div class="empty"><p>No operation matches.</p><button type="button" onClick={() => setFind("")}>Show all operations</button></div>
          : <p class="empty">No flow of this host is part of an API{outside > 0 && <>: <i>left out</i> says why</>}.</p>)}
        <List host={current} rows={rows} at={at} isNew={isNew} onRow={(r) => {
          setCursor(named(r));
          if (r.operation) narrow.matches ? enter(addressOf(r.operation)) : openRow(r); // the list will not be seen
          if (r.folder) toggle(r.folder.path);
        }} />
      </section>
      {withDetail && <Divider name="api" label="Width of the part to the right" width={64} />}
      {method === "document"
        ? <Document host={current} version={l} at={route.query} onClose={close} />
        : method === "review" ? <Review key={current} host={current} version={l} saved={saved} onClose={close} />
        : method === "workflows" ? current && <Workflows key={current} host={current} version={l} onClose={close} />
        : part === "map" ? current && <OperationMap host={current} version={l} shown={shown} onClose={method === "" ? undefined : close} />
        : open && current && <OperationDetail host={current} method={method} path={path} tab={tab === "evidence" ? tab : "description"} version={l} others={others} arrows={folder === ""}
          onClose={close} onCorrect={setCorrecting} />}
      {correcting && (
        <CorrectDialog host={current} version={version} targets={correcting} close={() => setCorrecting(undefined)}
          done={(e) => {
            setCorrecting(undefined);
            showEffect(e);
          }} />
      )}
      {effect && <EffectDialog host={current} effect={effect} close={() => setEffect(undefined)} undo={() => {
        setEffect(undefined);
        void undoLast(current, effect.result.version).then(showEffect, notifyError);
      }} />}
      {leftOut && (
        <Dialog title={`Flows of ${plain(current)} that are in no operation`} close={() => setLeftOut(false)}>
          <table class="api-left-out">
            <thead><tr><th scope="col">Flows</th><th scope="col">Why</th></tr></thead>
            <tbody>{l.left_out.map((x) => <tr key={x.reason}><td>{digits(x.count)}</td><td>{x.reason}</td></tr>)}</tbody>
          </table>
          <p class="faint">Open a flow in Traffic: <i>About</i> says why it is left out.</p>
        </Dialog>
      )}
      {listing && <CorrectionsDialog host={current} version={version} close={() => setListing(false)} done={(e) => {
        setListing(false);
        showEffect(e);
      }} />}
    </div>
  );
}

/** Returns the path of the address of a server without a slash at its end. */
function pathOf(server: string): string {
  return URL.canParse(server) ? new URL(server).pathname.replace(/\/$/, "") : "";
}

/** Returns the line of a document that an address names by its number, or by a method and path; 0 for none. */
function lineOf(yaml: string, at: URLSearchParams): number {
  const method = at.get("method")?.toLowerCase(), path = at.get("path") ?? "";
  if (!method) return Number(at.get("line") ?? 0);
  const lines = yaml.split("\n");
  const quotes = ["", "'", '"'];
  const from = lines.findIndex((l) => quotes.some((q) => l === `  ${q}${path}${q}:`));
  const to = lines.findIndex((l, i) => i > from && /^ {0,2}\S/.test(l));
  const own = lines.findIndex((l, i) => i > from && (to < 0 || i < to) && l === `    ${method}:`);
  return from < 0 ? 0 : (own < 0 ? from : own) + 1;
}

function Document({ host, version, at, onClose }: { host: string; version: Learned; at: URLSearchParams; onClose: () => void }) {
  const [d, error] = useAnswer((signal) => fetchDocument({ host }, signal), [host, version]);
  return (
    <section class="api-detail document" aria-label="Document" tabIndex={-1}>
      <header>
        <h2>OpenAPI document of <Text text={host} /></h2>
        <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>
      </header>
      {error && <p class="empty" role="alert">{error}</p>}
      {!d && !error && <Loading />}
      {d && <CodeView key={at.toString()} content={d.yaml} form="yaml" line={lineOf(d.yaml, at)} />}
    </section>
  );
}
