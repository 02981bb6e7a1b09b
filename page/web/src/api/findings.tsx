// The findings of lint, in the places of an operation that they concern.
import { createContext } from "preact";
import { Text } from "../parts/text";
import type { Finding, Node, Shown } from "./calls.gen";
import "./review.css";

/** Findings by the JSON pointer of the operation, the response or the schema that they are shown at. */
export type Found = ReadonlyMap<string, Finding[]>;

export const FoundContext = createContext<Found>(new Map());

/** Assigns each finding to the innermost place of an operation that holds it. Those of components that it does not have are left out. */
export function placed(s: Shown, findings: Finding[]): Found {
  const places = new Set<string>([s.pointer, ...s.responses.map((r) => r.pointer)]);
  const add = (n: Node) => {
    if (n.pointer) places.add(n.pointer);
    n.children?.forEach(add);
  };
  s.parameters.forEach((p) => add(p.schema));
  s.request.forEach((c) => add(c.schema));
  s.responses.forEach((r) => {
    r.headers.forEach(add);
    r.content.forEach((c) => add(c.schema));
  });
  const out = new Map<string, Finding[]>();
  for (const f of findings) {
    let at = f.pointer;
    while (at !== "" && !places.has(at)) at = at.slice(0, at.lastIndexOf("/"));
    if (at === "") {
      if (f.pointer.startsWith("/components/")) continue;
      at = s.pointer; // of the path
    }
    out.set(at, [...(out.get(at) ?? []), f]);
  }
  return out;
}

/** Findings at their place. */
export function Findings({ list }: { list: Finding[] | undefined }) {
  if (!list) return null;
  return (
    <ul class="api-findings" aria-label="Findings of lint">
      {list.map((f) => (
        <li title={f.rule}>
          <span class={"api-level " + f.severity}>{f.severity}</span> <Text text={f.message} />. <span class="faint"><Text text={f.advice ?? ""} /></span>
        </li>
      ))}
    </ul>
  );
}
