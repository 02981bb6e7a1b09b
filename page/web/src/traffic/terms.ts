// The terms of a filter that the page adds and removes, see docs/filter.md.

/** Splits a filter at the blanks outside quotes and parentheses. What has operators is one part. */
function partsOf(filter: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = "";
  for (let i = 0; i < filter.length; i++) {
    const c = filter[i]!;
    if (!quoted && depth <= 0 && /\s/.test(c)) {
      if (part !== "") out.push(part);
      part = "";
      continue;
    }
    part += c;
    if (quoted && c === "\\") part += filter[++i] ?? "";
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === "(") depth++;
    else if (!quoted && c === ")") depth--;
  }
  if (part !== "") out.push(part);
  return out.some((p) => /^(or|and|not|[|&!-])$/i.test(p)) ? [`(${filter.trim()})`] : out;
}

const fieldOf = (part: string) => /^[-!]?([a-z.]+):/i.exec(part)?.[1]?.toLowerCase() ?? "";

/** Returns a filter without the terms of some fields. */
export function without(filter: string, fields: string[]): string {
  const all = partsOf(filter);
  const left = all.filter((p) => !fields.includes(fieldOf(p)));
  return left.length === all.length ? filter.trim() : left.join(" ");
}

/** Returns the terms that without removes. */
export function termsOf(filter: string, fields: string[]): string {
  return partsOf(filter).filter((p) => fields.includes(fieldOf(p))).join(" ");
}

/** Returns a filter whose terms of some fields are these. */
export function replaced(filter: string, fields: string[], terms: string): string {
  const rest = without(filter, fields);
  return [partsOf(rest).join(" "), terms].filter((s) => s !== "").join(" ");
}

/** Quotes a value if it needs that. */
export function quoted(value: string): string {
  return /^[\w.:\/{}*-]+$/.test(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** A time of the filter language: to the millisecond, with the zone, since that of the program may be another. */
function instant(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const zone = offset === 0 ? "Z" : (offset < 0 ? "-" : "+") + two(Math.abs(offset) / 60) + ":" + two(Math.abs(offset) % 60);
  return new Date(ms + offset * 60_000).toISOString().replace(/(\.000)?Z$/, "") + zone;
}

/** The terms of a span of time, whose end is not part of it. */
export function during(from: number, to = Infinity): string {
  return `time:>=${instant(from)}` + (to < Infinity ? ` time:<${instant(to)}` : "");
}
