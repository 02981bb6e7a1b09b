// Numbers as people read them.

/** A number with separators. */
export const digits = (n: number) => n.toLocaleString("en");

/** A number of things, whose name takes an s. */
export function count(n: number, what: string): string {
  return `${digits(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** Bytes in powers of 1000, as in the list of flows of the terminal. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  for (const unit of ["kB", "MB", "GB"]) {
    n /= 1000;
    if (n < 999.95) return `${n.toFixed(1)} ${unit}`;
  }
  return `${(n / 1000).toFixed(1)} TB`;
}

export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`; // short enough for the column of a list
}

/** The local time as 2026-11-28 10:04:18.123. */
export function dateTime(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 23).replace("T", " ");
}

/** The local time of day. */
export function clock(ms: number): string {
  return dateTime(ms).slice(11, 19);
}

/** Returns where a day begins, here. */
export function dayOf(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** The local time, or the part of a format of it up to an end, without a year that is this one. */
export function inYear(ms: number, end = 19): string {
  return dateTime(ms).slice(new Date(ms).getFullYear() === new Date().getFullYear() ? 5 : 0, end);
}

/** The local time of day, with the day if it is not today. */
export function shortTime(ms: number): string {
  return dayOf(ms) === dayOf(Date.now()) ? clock(ms) : inYear(ms);
}

/** The media type without what all have. */
export function shortType(t: string): string {
  return t.replace(/^(application|image)\//, "").replace(/^text\/event-stream$/, "events");
}

/** A time as year, month, day and time of day, here. */
export function when(at: string): string {
  return dateTime(Date.parse(at)).slice(0, 19);
}
