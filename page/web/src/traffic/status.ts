import type { Row } from "./calls.gen";

export function statusText(r: Row): string {
  if (r.status) return String(r.status) + (r.failed ? " ✗" : r.pending ? " …" : "");
  return r.pending ? "…" : r.denied ? "denied" : "failed";
}

export function statusClass(r: Row): string {
  if (r.failed || (!r.status && !r.pending)) return "s-failed";
  return r.status ? "s-" + Math.floor(r.status / 100) : "s-pending";
}
