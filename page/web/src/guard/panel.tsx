import { useFeed } from "../parts/answer";
import { useKeys } from "../parts/keys";
import { Loading } from "../parts/loading";
import { go, href, type Route } from "../parts/route";
import { Tabs, tabAfter } from "../parts/tabs";
import { Audit } from "./audit";
import { state } from "./calls.gen";
import { Denied } from "./denied";
import { Grants } from "./grants";
import { NoFile } from "../parts/nofile";
import { Pins } from "./pins";
import "./style.css";

const tabs = [["denied", "Denied"], ["grants", "Grants"], ["pins", "Pins"], ["audit", "Audit"]] as const;

/** The Guard panel. Its address is #/guard/denied, #/guard/grants, #/guard/pins/REF or #/guard/audit?filter=…. */
export default function Guard({ route }: { route: Route }) {
  const [s, error] = useFeed(state, {}, []);
  const tab = tabs.find(([t]) => t === route.path[0])?.[0] ?? (s?.guards ? "denied" : "grants");
  const show = (name: string) => go(href("guard", [name]));
  useKeys("Guard", [
    { keys: ["l", "ArrowRight"], does: "next part", run: () => show(tabAfter(tabs, tab, 1)) },
    { keys: ["h", "ArrowLeft"], does: "part before", run: () => show(tabAfter(tabs, tab, -1)) },
  ]);
  if (error) return <p class="empty" role="alert">{error.message}</p>;
  if (!s) return <Loading />;
  const waiting = s.pins.filter((p) => p.status === "new" || p.status === "changed").length;
  return (
    <div class="guard">
      <Tabs label="Parts of the guard" class="tabs small" id="guard" controls="guard-part" current={tab} choose={show}
        tabs={tabs.map(([t, title]) => [t, t === "pins" && waiting > 0 ? `${title} (${waiting} waiting)` : title])} />
      <div class="guard-part" role="tabpanel" id="guard-part" aria-labelledby={"guard-" + tab}>
        {tab === "denied" ? <Denied /> : tab === "grants" ? <Grants s={s} /> : tab === "pins" ? <Pins s={s} open={route.path[1] ?? ""} />
          : s.audit_file === "" ? <NoFile what="an audit" flag="--audit" by="spectap gateway --audit FILE" /> : <Audit filter={route.query.get("filter") ?? ""} />}
      </div>
    </div>
  );
}
