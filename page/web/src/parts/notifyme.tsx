import { askToNotify, permission } from "../waiting";

/** Asks the browser for notifications, once a person wants them. */
export function NotifyMe() {
  if (permission.value !== "default") return null;
  return <button type="button" onClick={askToNotify} title="While this tab is in the background">Notify me</button>;
}
