// Splits contents into lines for the editor. Generators yield one line at a time, so that callers can work in slices.

export const textLines = (text: string) => text.split(/\r?\n/);

/** Yields lines with their numbers. Lines above 2,000 characters are split, because browsers take seconds to wrap them; all pieces but the first have the
 * number 0. */
export function* numbered(lines: Iterable<string>): Generator<{ text: string; number: number }> {
  let number = 0;
  for (const line of lines) {
    for (const whole of textLines(line)) {
      const pieces = whole.length > 2000 ? whole.match(/.{1,2000}/gsu)! : [whole];
      for (const [i, text] of pieces.entries()) yield { text, number: i === 0 ? ++number : 0 };
    }
  }
}

const indented = (depth: number, line: string) => "  ".repeat(Math.max(0, Math.min(depth, 40))) + line;

/** Yields JSON with a line for each member and element. Numbers, names, repeated members and invalid text stay as written. */
export function* jsonLines(text: string): Generator<string> {
  const token = /\s*([{[]\s*[}\]]|[{}[\],:"]|[^\s{}[\],:"][^{}[\],:"]*)/y;
  let depth = 0, line = "";
  for (let m; (m = token.exec(text)); ) {
    let t = m[1]!;
    if (t === '"') t = text.slice(token.lastIndex - 1, (token.lastIndex = stringEnd(text, token.lastIndex)));
    const opens = t === "{" || t === "[";
    if (t === "}" || t === "]") {
      if (line !== "") yield indented(depth, line);
      depth--;
      line = "";
    }
    line += t === ":" ? ": " : /^[{[]\s/.test(t) ? t[0]! + t.at(-1) : t.trimEnd();
    if (!opens && t !== ",") continue;
    yield indented(depth, line);
    if (opens) depth++;
    line = "";
  }
  if (line !== "") yield indented(depth, line);
}

/** Returns the offset behind a string of JSON whose content begins at an offset. */
function stringEnd(text: string, at: number): number {
  for (let q = at - 1; (q = text.indexOf('"', q + 1)) >= 0; ) {
    let slashes = 0;
    while (text[q - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return q + 1;
  }
  return text.length;
}

/** Matches the start of a tag of HTML that has an end. */
const paired = /^<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)\w/i;

/** Yields XML or HTML with a line for each tag. An element with text only is one line. */
export function* xmlLines(text: string, html = false): Generator<string> {
  let depth = 0, begun = ""; // a tag and the text behind it
  for (const token of markup(text, html)) {
    const t = token.trim(), closes = t.startsWith("</");
    if (begun !== "" && (closes || !t.startsWith("<"))) {
      begun += t;
      if (closes) yield indented(depth, begun);
      if (closes) begun = "";
    } else if (t !== "") {
      if (begun !== "") yield indented(depth++, begun);
      if (closes) depth--;
      begun = (html ? paired : /^<[^!?]/).test(t) && !closes && !t.endsWith("/>") ? t : "";
      if (begun === "") yield indented(depth, t);
    }
  }
  if (begun !== "") yield indented(depth, begun);
}

/** Yields tags, comments and the texts between them. */
function* markup(text: string, html: boolean): Generator<string> {
  const token = /<[^<>]*>|[^<]+|</y, rawEnd = /<\/(?:script|style)|$/gi;
  const spans = [["<!--", "-->"], ["<![CDATA[", "]]>"]].map(([from, to]) => ({ from: from!, to: to!, last: text.lastIndexOf(to!) }));
  for (let at = 0; at < text.length; ) {
    const span = spans.find((s) => at < s.last && text.startsWith(s.from, at));
    token.lastIndex = at;
    const t = span ? text.slice(at, text.indexOf(span.to, at) + span.to.length) : token.exec(text)![0];
    yield t;
    at += t.length;
    if (!html || !/^<(?:script|style)\b/i.test(t)) continue;
    rawEnd.lastIndex = at;
    yield text.slice(at, (at = rawEnd.exec(text)!.index));
  }
}

/** Returns the fields of an HTML form. */
export const formLines = (text: string) => Array.from(new URLSearchParams("?" + text), ([name, value]) => `${name} = ${value}`);

/** Yields bytes in hexadecimal, beside their ASCII characters. */
export function* hexLines(data: Uint8Array): Generator<string> {
  const hex = Array.from({ length: 256 }, (_, b) => b.toString(16).padStart(2, "0") + " ");
  const ascii = Array.from({ length: 256 }, (_, b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : "·"));
  for (let i = 0; i === 0 || i < data.length; i += 16) {
    let bytes = "", text = "";
    for (let j = i; j < i + 16 && j < data.length; j++) {
      bytes += j === i + 8 ? " " + hex[data[j]!] : hex[data[j]!];
      text += ascii[data[j]!];
    }
    yield `${i.toString(16).padStart(8, "0")}  ${bytes.padEnd(50)} ${text}`;
  }
}
