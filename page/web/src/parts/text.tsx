// Text from strangers. It is shown as text, never as HTML, and what does not show in it is marked.

/** Matches characters that are invisible or act on other text, halves of characters, and some that have no ink. */
const hidden = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Surrogate}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}]/gu;

/** The same, as runs of one character: thousands of them are one mark. */
const hiddenRuns = new RegExp(`(${hidden.source})\\1*`, "gu");

/** Matches what is written from right to left, by the blocks that Unicode has for such scripts. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+/gu;

/** The number of marks in one text. What comes after them is shown without elements of its own. */
const maxPieces = 100;

const names: Record<string, string> = {
  "202a": "left-to-right embedding", "202b": "right-to-left embedding", "202c": "end of embedding", "202d": "left-to-right override",
  "202e": "right-to-left override", "2066": "left-to-right isolate", "2067": "right-to-left isolate", "2068": "isolate",
  "2069": "end of isolate", "200b": "zero-width space", "200c": "zero-width non-joiner", "200d": "zero-width joiner",
  "200e": "left-to-right mark", "200f": "right-to-left mark", feff: "byte order mark", "00ad": "soft hyphen", "0000": "null",
  "001b": "escape", "0009": "tab", "000a": "line feed", "000d": "carriage return", "2028": "line separator", "2029": "paragraph separator",
};

/** Placeholders of package redact. */
const placeholder = /\[redacted:([a-z-]+):[0-9a-f]{10}\]/g;

interface Piece {
  kind: "text" | "hidden" | "secret" | "found" | "rtl";
  text: string;
}

function split(pieces: Piece[], pattern: RegExp, kind: Piece["kind"]): Piece[] {
  return pieces.flatMap((p) => {
    if (p.kind !== "text") return [p];
    const out: Piece[] = [];
    let at = 0;
    for (const m of p.text.matchAll(pattern)) {
      if (m[0] === "") continue;
      if (m.index > at) out.push({ kind: "text", text: p.text.slice(at, m.index) });
      out.push({ kind, text: m[0] });
      at = m.index + m[0].length;
    }
    if (at === 0) return [p];
    if (at < p.text.length) out.push({ kind: "text", text: p.text.slice(at) });
    return out;
  });
}

/**
 * Shows foreign text. Its direction affects nothing around it. Of what must be one line, such as a name, breaks are
 * marked, too. In ordered text, words that are written from right to left move no digits, signs or other words. A path
 * breaks before its slashes.
 */
export function Text({ text, find, class: c, line, ordered, path }: { text: string; find?: RegExp | undefined; class?: string; line?: boolean; ordered?: boolean; path?: boolean }) {
  let pieces: Piece[] = [{ kind: "text", text }];
  if (text.includes("[redacted:")) pieces = split(pieces, placeholder, "secret");
  pieces = split(pieces, hiddenRuns, "hidden");
  if (line) pieces = split(pieces, /([\t\n])\1*/g, "hidden");
  if (find) pieces = split(pieces, find, "found");
  if (ordered) pieces = split(pieces, rightToLeft, "rtl");
  let rest = "";
  if (pieces.length > maxPieces) rest = plain(pieces.splice(maxPieces).map((p) => p.text).join(""));
  if (pieces.length === 1 && pieces[0]!.kind === "text") {
    const segments = path ? text.split(/(?=\/)/, maxPieces + 1) : [];
    return <bdi class={c}>{segments.length > 0 && segments.length <= maxPieces ? segments.map((s) => <><wbr />{s}</>) : text}</bdi>;
  }
  return <bdi class={c} dir={ordered ? "ltr" : undefined}>{pieces.map(show)}{ordered ? <bdo dir="ltr">{rest}</bdo> : rest}</bdi>;
}

function show(p: Piece) {
  switch (p.kind) {
    case "text":
      return p.text;
    case "rtl":
      return <bdi>{p.text}</bdi>;
    case "found":
      return <mark>{p.text}</mark>;
    case "secret":
      return <span class="secret" title={p.text}>{p.text.split(":")[1]} {p.text.slice(-11, -7)}</span>; // equal ones look equal
    case "hidden": {
      const first = p.text.codePointAt(0)!;
      const code = first.toString(16).padStart(4, "0");
      const n = p.text.length / (first > 0xffff ? 2 : 1);
      return <span class="hidden-char" title={names[code] ?? "invisible character"}>{"U+" + code.toUpperCase() + (n > 1 ? " ×" + n : "")}</span>;
    }
  }
}

/** Returns foreign text for attributes such as titles, where nothing can be marked: hidden characters are written out. */
export function plain(text: string): string {
  return text.replace(hidden, (c) => "⟨U+" + c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0") + "⟩");
}
