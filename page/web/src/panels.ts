import type { ComponentType } from "preact";
import { present as heldCalls } from "./approvals/calls.gen";
import { present as guarded } from "./guard/calls.gen";
import { present } from "./hub/calls.gen";
import type { Route } from "./parts/route";

/** A tab of the page. Its sources are in the folder of its name. */
export interface Panel {
  name: string; // in the address: #/name
  title: string;
  /** Loads the panel when its tab is first opened. */
  load: () => Promise<{ default: ComponentType<{ route: Route }> }>;
  /** Reports whether there is a tab; without it, there always is one. The address works in any case. */
  present?: () => Promise<boolean>;
}

/** The tabs, in order. See page/README.md for how to add one. */
export const panels: Panel[] = [
  { name: "traffic", title: "Traffic", load: () => import("./traffic/panel") },
  { name: "api", title: "API", load: () => import("./api/panel") },
  { name: "call", title: "Call", load: () => import("./call/panel") },
  { name: "rules", title: "Rules", load: () => import("./rules/panel") },
  { name: "approvals", title: "Approvals", load: () => import("./approvals/panel"), present: () => heldCalls({}).then((a) => a.present) },
  { name: "guard", title: "Guard", load: () => import("./guard/panel"), present: () => guarded({}).then((g) => g.present) },
  { name: "hub", title: "Hub", load: () => import("./hub/panel"), present: () => present({}).then((h) => h.kind !== "") },
];
