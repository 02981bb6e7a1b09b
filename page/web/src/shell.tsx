// What all panels share: the tabs, the state of the connection, the theme and the keys.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { KeyHelp, showKeys, useKeys } from "./parts/keys";
import { Notices } from "./parts/notice";
import { go, home, href, route, type Route } from "./parts/route";
import { Tabs } from "./parts/tabs";
import { setTheme, theme, type Theme } from "./parts/theme";
import { panels as all, type Panel } from "./panels";
import { waitingIn, watchWaiting } from "./waiting";
import { onConnection } from "./wire";

const connected = signal(true);
onConnection((up) => (connected.value = up));

const shown = signal(all.filter((p) => !p.present));

/** Adds the tabs that not every store has. */
function findPanels() {
  for (const p of all) {
    p.present?.().then((yes) => {
      if (yes) shown.value = all.filter((q) => q === p || shown.value.includes(q));
    }, () => {}); // without an answer there is no tab
  }
}

export function Shell() {
  const named = all.find((p) => p.name === route.value.panel);
  const current = named ?? all[0]!;
  const panels = shown.value.includes(current) ? shown.value : [...shown.value, current];
  useEffect(findPanels, []);
  useEffect(watchWaiting, []);
  useLayoutEffect(() => { // at once: later, a person may be elsewhere
    if (!named) go(href(current.name), true);
  });
  useKeys("Everywhere", [
    ...panels.map((p, i) => ({ keys: [String(i + 1)], does: p.title, run: () => go(home(p.name)) })),
    { keys: ["?"], does: "this list", run: () => (showKeys.value = true) },
  ]);
  return (
    <>
      <header class="bar">
        <h1 class="brand">spectap</h1>
        <Tabs label="Panels" class="tabs" id="tab" controls="panel" current={current.name} choose={(name) => go(home(name))}
          tabs={panels.map((p) => [p.name, <>{p.title}{waitingIn(p.name) > 0 && <> <b class="waiting">{waitingIn(p.name)}</b></>}</>])} />
        <span class="spacer" />
        <span class={"connection " + (connected.value ? "up" : "down")} role="status">
          {connected.value ? <span class="sr">connected</span> : <span title="It has ended, or the connection was cut">no answer<span class="wide"> from spectap</span></span>}
        </span>
        <ThemeButton />
        <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" onClick={() => (showKeys.value = true)}>?</button>
      </header>
      <main>
        <PanelView panel={current} route={route.value} />
      </main>
      <KeyHelp />
      <Notices />
    </>
  );
}

function ThemeButton() {
  const order: Theme[] = ["system", "light", "dark"];
  const next = order[(order.indexOf(theme.value) + 1) % order.length]!;
  const sign = { system: "◐", light: "☀", dark: "☾" }[theme.value];
  return (
    <button type="button" class="quiet" aria-label={`Theme: ${theme.value}. Change to ${next}`} title={`Theme: ${theme.value}`}
      onClick={() => setTheme(next)}>
      {sign}
    </button>
  );
}

const loaded = new Map<string, ComponentType<{ route: Route }>>();

function PanelView({ panel, route }: { panel: Panel; route: Route }) {
  const [, redraw] = useState(0);
  const [error, setError] = useState("");
  const View = loaded.get(panel.name);
  useEffect(() => {
    setError("");
    if (loaded.has(panel.name)) return;
    panel.load().then(
      (m) => {
        loaded.set(panel.name, m.default);
        redraw((n) => n + 1);
      },
      () => setError("The panel cannot be loaded: spectap has ended, or was updated. Reload the page."),
    );
  }, [panel.name]);
  return (
    <div id="panel" role="tabpanel" aria-labelledby={"tab-" + panel.name}>
      {error ? <p class="empty" role="alert">{error}</p> : View ? <View route={route} /> : null}
    </div>
  );
}
