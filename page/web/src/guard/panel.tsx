import { useEffect, useState } from "preact/hooks";
import { useKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { go, href, type Route } from "../parts/route";
import { subscribe, type CallError } from "../wire";
import { Audit } from "./audit";
import { state, type State } from "./calls.gen";
import { Grants } from "./grants";
import { Pins } from "./pins";
import "./style.css";

const tabs = [["grants", "Grants"], ["pins", "Pins"], ["audit", "Audit"]] as const;

/** The Guard panel. Its address is #/guard/grants, #/guard/pins/REF or #/guard/audit?filter=…. */
export default function Guard({ route }: { route: Route }) {
  const [s, setState] = useState<State>();
  const [error, setError] = useState<CallError>();
  const tab = tabs.find(([t]) => t === route.path[0])?.[0] ?? "grants";
  useEffect(() => subscribe(state, {}, (x) => {
    setState(x);
    setError(undefined);
  }, setError), []);
  const turn = (by: number) => {
    const next = tabs[(tabs.findIndex(([t]) => t === tab) + by + tabs.length) % tabs.length]![0];
    go(href("guard", [next]));
    return next;
  };
  useKeys("Guard", [
    { keys: ["l", "ArrowRight"], does: "next part", run: () => turn(1) },
    { keys: ["h", "ArrowLeft"], does: "part before", run: () => turn(-1) },
  ]);
  if (error) return <p class="empty" role="alert">{error.message}</p>;
  if (!s) return <Loading />;
  const waiting = s.pins.filter((p) => p.status === "new" || p.status === "changed").length;
  return (
    <div class="guard">
      <div role="tablist" aria-label="Parts of the guard" class="tabs small">
        {tabs.map(([t, title]) => (
          <button type="button" role="tab" id={"guard-" + t} aria-selected={t === tab} aria-controls="guard-part" tabIndex={t === tab ? 0 : -1}
            onClick={() => go(href("guard", [t]))}
            onKeyDown={(e) => {
              if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
              document.getElementById("guard-" + turn(e.key === "ArrowRight" ? 1 : -1))?.focus(); // before the next key
              e.stopPropagation();
              e.preventDefault();
            }}>{title}{t === "pins" && waiting > 0 ? ` (${waiting} waiting)` : ""}</button>
        ))}
      </div>
      <div class="guard-part" role="tabpanel" id="guard-part" aria-labelledby={"guard-" + tab}>
        {tab === "grants" ? <Grants s={s} /> : tab === "pins" ? <Pins s={s} open={route.path[1] ?? ""} /> : <Audit file={s.audit_file} filter={route.query.get("filter") ?? ""} />}
      </div>
    </div>
  );
}
