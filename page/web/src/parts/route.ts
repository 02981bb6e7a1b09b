// The address of what the page shows: #/panel/rest?query. So that the browser's history works, and
// a reload shows the same.
import { signal } from "@preact/signals";

export interface Route {
  panel: string;
  /** The segments behind the panel. */
  path: string[];
  query: URLSearchParams;
}

function parse(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [panel = "", ...rest] = path.split("/").map(decode);
  return { panel, path: rest.filter((s) => s !== ""), query: new URLSearchParams(query) };
}

function decode(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}

/** The last address of each panel. */
const visited = new Map<string, string>();

export const route = signal<Route>(parse());
route.subscribe((r) => visited.set(r.panel, location.hash));
addEventListener("hashchange", () => (route.value = parse()));
addEventListener("popstate", () => (route.value = parse()));

/** The host that the panels API and Call showed last: the other one begins with it. */
let lastHost = "";

/** Notes the host that a person looks at. */
export function noteHost(host: string) {
  lastHost = host;
}

/** Returns the address of a panel as it was left: API and Call with the host that the other one showed. */
export function home(panel: string): string {
  if (lastHost !== "" && panel === "api") return href(panel, [lastHost]);
  return lastHost !== "" && panel === "call" ? href(panel, ["op", lastHost]) : visited.get(panel) ?? href(panel);
}

/** Returns the address of a panel, for links. */
export function href(panel: string, path: (string | number)[] = [], query: Record<string, string> = {}): string {
  const q = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== ""));
  const s = "#/" + [panel, ...path].map((p) => encodeURIComponent(p)).join("/");
  return q.size > 0 ? s + "?" + q.toString() : s;
}

/** Shows another address. With replace, the one before is not in the history. */
export function go(to: string, replace = false) {
  if (location.hash === to) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  route.value = parse();
}
