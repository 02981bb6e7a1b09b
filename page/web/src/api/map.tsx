// A map of the operations: an area for each, as large as its share, in the groups of their paths.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAnswer } from "../parts/answer";
import { count, digits } from "../parts/format";
import { Path } from "../parts/names";
import { go, href } from "../parts/route";
import { plain, Text } from "../parts/text";
import { coverage, type Coverage, type Learned, type Operation } from "./calls.gen";

interface Props {
  host: string;
  version: Learned;
  /** The operations to show. */
  shown: Operation[];
  onClose: (() => void) | undefined;
}

interface Area {
  method: string;
  path: string;
  flows: number;
  errors: number; // answers of 4xx and 5xx
  missing: number; // parts that traffic did not reach
  reached: boolean;
}

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Divides a box among values, the largest first, in areas that are nearly squares (squarified treemap, Bruls et al. 2000). */
function divide(values: number[], box: Box): Box[] {
  const sum = values.reduce((n, v) => n + v, 0);
  const out: Box[] = [];
  let { x, y, w, h } = box;
  let left = sum;
  for (let i = 0; i < values.length; ) {
    const along = Math.min(w, h); // of the side that the next row of areas fills
    const scale = (w * h) / left;
    const worst = (n: number) => {
      const row = values.slice(i, i + n);
      const s = row.reduce((a, b) => a + b, 0) * scale;
      return Math.max((along * along * row[0]! * scale) / (s * s), (s * s) / (along * along * row[n - 1]! * scale));
    };
    let n = 1;
    while (i + n < values.length && worst(n + 1) <= worst(n)) n++;
    const row = values.slice(i, i + n);
    const rowSum = row.reduce((a, b) => a + b, 0);
    const depth = (rowSum * scale) / along;
    let at = 0;
    for (const v of row) {
      const length = (v / rowSum) * along;
      out.push(w >= h ? { x, y: y + at, w: depth, h: length } : { x: x + at, y, w: length, h: depth });
      at += length;
    }
    if (w >= h) [x, w] = [x + depth, w - depth];
    else [y, h] = [y + depth, h - depth];
    left -= rowSum;
    i += n;
  }
  return out;
}

/** The beginning of a path that its group shares: the first segment that is no version. */
function groupOf(path: string): string {
  const parts = path.split("/").slice(1);
  const n = parts.findIndex((p) => !/^(v\d+|api|rest)$/i.test(p));
  return "/" + parts.slice(0, n < 0 ? parts.length : n + 1).join("/");
}

/** What paths begin with, up to a slash or the end. */
function common(paths: string[]): string {
  let out = paths[0]!;
  for (const p of paths) while (p !== out && !p.startsWith(out + "/")) out = out.slice(0, out.lastIndexOf("/"));
  return out;
}

const title = 18; // height of the name of a group

export function Map({ host, version, shown, onClose }: Props) {
  const [by, setBy] = useState<"flows" | "operations">("flows");
  const [colour, setColour] = useState<"errors" | "missing">("errors");
  const [size, setSize] = useState({ w: 0, h: 0 });
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const o = new ResizeObserver(([e]) => setSize({ w: e!.contentRect.width, h: e!.contentRect.height }));
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);
  const [covered] = useAnswer((signal) => coverage({ host }, signal), [host, version.operations.length]); // the review says why there is none
  const given = covered !== undefined && covered.name !== "";
  const areas = useMemo(() => areasOf(shown, given ? covered : undefined), [shown, covered]);
  const groups = useMemo(() => layout(areas, size, by), [areas, size, by]);
  const errors = areas.filter((a) => a.errors > 0).sort((a, b) => b.errors / b.flows - a.errors / a.flows);
  const unreached = areas.filter((a) => !a.reached);
  const text = colour === "errors"
    ? `${count(errors.length, "operation")} of ${digits(areas.length)} with answers of 4xx or 5xx` + (errors.length > 0 ? `; most often ${nameOf(errors[0]!)}, ${share(errors[0]!)}` : "")
    : `${count(unreached.length, "operation")} of ${covered?.name} not reached` + (unreached.length > 0 ? ", such as " + nameOf(unreached[0]!) : "");
  return (
    <section class="api-detail api-map" aria-label="Map">
      <header>
        <h2>Map</h2>
        <label>Areas <select value={by} onChange={(e) => setBy(e.currentTarget.value as typeof by)}>
          <option value="flows">by flows</option><option value="operations">all equal</option>
        </select></label>
        <label>Colours <select value={colour} onChange={(e) => setColour(e.currentTarget.value as typeof colour)}>
          <option value="errors">errors</option>{given && <option value="missing">not reached</option>}
        </select></label>
        <span class="spacer" />
        {onClose && <button type="button" class="quiet" aria-label="Close" title="Close (Esc)" onClick={onClose}>✕</button>}
      </header>
      <p class="api-state faint" role="status"><Text text={text} />{!given && <>. <code>spectap ui --document api.yaml</code> also shows what was not reached.</>}</p>
      <p class="api-state faint">{by === "flows" ? "Area: flows of the operation" : "Areas are equal"}. Colour: {colour === "errors" ? "answers that are errors" : "parts not reached"},
        {" "}<span class="map-scale">none <i /> {colour === "errors" ? "all" : "6 or more"}</span></p>
      <div class="map" ref={box} role="img" aria-label={`Areas of ${count(areas.length, "operation")}. ${plain(text)}. The list has them all.`}>
        {groups.map((g) => (
          <>
            {g.name && <span class="map-group" style={place({ ...g.box, h: title })}><Path path={g.name} /></span>}
            {g.areas.map(({ area: a, box: b }) => (
              <div class="map-area" title={plain(`${nameOf(a)}: ${count(a.flows, "flow")}, ${share(a)}` + (given ? `, ${count(a.missing, "part")} not reached` : ""))}
                style={{ ...place(b), background: fill(a, colour) }} onClick={() => a.flows > 0 && go(href("api", [host, a.method, a.path]))}>
                {b.w > 60 && b.h > 30 && <><b>{a.method}</b> <Text text={a.path.slice(g.name.length)} path /></>}
              </div>
            ))}
          </>
        ))}
      </div>
    </section>
  );
}

const nameOf = (a: Area) => `${a.method} ${a.path}`;
const share = (a: Area) => (a.flows === 0 ? "no answers" : `${Math.round((a.errors / a.flows) * 100)} % errors`);
const place = (b: Box) => ({ left: b.x + "px", top: b.y + "px", width: Math.max(0, b.w - 2) + "px", height: Math.max(0, b.h - 2) + "px" });

function fill(a: Area, colour: "errors" | "missing"): string {
  if (colour === "missing" && !a.reached) return "var(--map-bad)";
  const bad = colour === "errors" ? (a.flows === 0 ? 0 : a.errors / a.flows) : Math.min(1, a.missing / 6);
  return bad === 0 ? "var(--map-good)" : `color-mix(in oklab, var(--map-bad) ${Math.round(15 + 85 * bad)}%, var(--map-good))`;
}

function areasOf(shown: Operation[], covered: Coverage | undefined): Area[] {
  const missing = (method: string, path: string) => covered?.missing.filter((m) => m.method === method && m.path === path) ?? [];
  const out = shown.map((o) => ({
    method: o.method, path: o.path, flows: o.flows, reached: true, missing: missing(o.method, o.path).length,
    errors: o.statuses.reduce((n, s) => n + (s.status >= 400 ? s.count : 0), 0),
  }));
  for (const m of covered?.missing ?? []) {
    if (m.kind === "operation") out.push({ method: m.method ?? "", path: m.path ?? "", flows: 0, errors: 0, reached: false, missing: 1 });
  }
  return out;
}

function layout(areas: Area[], { w, h }: { w: number; h: number }, by: "flows" | "operations") {
  if (w === 0 || areas.length === 0) return [];
  const all = areas.reduce((n, a) => n + a.flows, 0);
  const value = (a: Area) => (by === "flows" ? Math.max(a.flows, all / 400, 1) : 1); // the smallest can still be seen
  const groups: Record<string, Area[]> = {};
  for (const a of areas) (groups[groupOf(a.path)] ??= []).push(a);
  const sum = (list: Area[]) => list.reduce((n, a) => n + value(a), 0);
  const order = Object.entries(groups).sort((a, b) => sum(b[1]) - sum(a[1]));
  return divide(order.map(([, list]) => sum(list)), { x: 0, y: 0, w, h }).map((box, i) => {
    const list = order[i]![1];
    const titled = box.h > 50 && box.w > 60;
    list.sort((a, b) => value(b) - value(a));
    const inner = titled ? { ...box, y: box.y + title, h: box.h - title } : box;
    return { name: titled ? common(list.map((a) => a.path)) : "", box, areas: divide(list.map(value), inner).map((b, j) => ({ area: list[j]!, box: b })) };
  });
}
