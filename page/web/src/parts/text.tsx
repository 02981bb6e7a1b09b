import type { ComponentChildren } from "preact";
import { href, route } from "./route";

// Text from strangers. It is shown as text, never as HTML, and what does not show in it is marked.

/** Matches characters that are invisible or act on other text, halves of characters, and some that have no ink. */
const hidden = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Surrogate}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}]/gu;

/** The number of marks in one text. What comes after them is shown without elements of its own. */
const maxPieces = 100;

const names: Record<string, string> = {
  "202a": "left-to-right embedding", "202b": "right-to-left embedding", "202c": "end of embedding", "202d": "left-to-right override",
  "202e": "right-to-left override", "2066": "left-to-right isolate", "2067": "right-to-left isolate", "2068": "isolate",
  "2069": "end of isolate", "200b": "zero-width space", "200c": "zero-width non-joiner", "200d": "zero-width joiner",
  "200e": "left-to-right mark", "200f": "right-to-left mark", feff: "byte order mark", "00ad": "soft hyphen", "0000": "null",
  "001b": "escape", "0009": "tab", "000a": "line feed", "000d": "carriage return", "2028": "line separator", "2029": "paragraph separator",
};

/** Matches placeholders of package redact, and hidden characters: many in a row are one mark. */
const marks = String.raw`\[redacted:[a-z-]+:[0-9a-f]{10}\]|(?:${hidden.source}){9,}|(?<hidden>${hidden.source})\k<hidden>*`;
const breaks = String.raw`(?<break>[\t\n])\k<break>*`;

/** Matches right-to-left text, by the Unicode blocks of such scripts. */
const rightToLeft = String.raw`(?<rtl>[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+)`;

/** Matches text that is replaced by a mark. */
export const marked = new RegExp(marks, "gu");
const markedInLine = new RegExp(`${marks}|${breaks}`, "gu");
const markedInOrder = new RegExp(`${marks}|${rightToLeft}`, "gu");
const markedInOrderedLine = new RegExp(`${marks}|${breaks}|${rightToLeft}`, "gu");

/** The title of a link to where a secret comes from. */
export const traceTitle = "Where does it come from?";

/** Returns the mark of a placeholder, or of hidden characters. */
export function markOf(text: string): { class: string; title: string; text: string } {
  if (text.startsWith("[")) return { class: "secret", title: text, text: `${text.split(":")[1]} ${text.slice(-11, -7)}` }; // equal ones look equal
  const first = text.codePointAt(0)!;
  const code = first.toString(16).padStart(4, "0");
  const n = [...text].length;
  if (n > 8 && new Set(text).size > 1) return { class: "hidden-char", title: "invisible characters", text: `${n} hidden characters` };
  return { class: "hidden-char", title: names[code] ?? "invisible character", text: "U+" + code.toUpperCase() + (n > 1 ? " ×" + n : "") };
}

/**
 * Shows foreign text. Its direction affects nothing around it. Of what must be one line, such as a name, breaks are
 * marked, too. In ordered text, words that are written from right to left move no digits, signs or other words. A path
 * breaks before its slashes. Marks of secrets are links if they can be traced.
 */
export function Text({ text, class: c, line, ordered, path, traced }: { text: string; class?: string; line?: boolean; ordered?: boolean; path?: boolean; traced?: boolean }) {
  const pattern = ordered ? (line ? markedInOrderedLine : markedInOrder) : line ? markedInLine : marked;
  const pieces: ComponentChildren[] = [];
  let at = 0;
  for (const m of text.matchAll(pattern)) {
    if (pieces.length >= maxPieces) break;
    if (m.index > at) pieces.push(text.slice(at, m.index));
    pieces.push(m.groups!.rtl ? <bdi>{m[0]}</bdi> : <Mark text={m[0]} traced={traced} />);
    at = m.index + m[0].length;
  }
  if (at === 0) {
    const segments = path ? text.split(/(?=\/)/, maxPieces + 1) : [];
    return <bdi class={c}>{segments.length > 0 && segments.length <= maxPieces ? segments.map((s) => <><wbr />{s}</>) : text}</bdi>;
  }
  const rest = text.slice(at);
  return <bdi class={c} dir={ordered ? "ltr" : undefined}>{pieces}{pieces.length < maxPieces ? rest : ordered ? <bdo dir="ltr">{plain(rest)}</bdo> : plain(rest)}</bdi>;
}

/** Returns the address of what says where a secret comes from, beside what the panel Traffic shows. */
export function traceOf(placeholder: string): string {
  const { panel, path, query } = route.value;
  return href("traffic", panel === "traffic" ? path : [], { ...(panel === "traffic" ? Object.fromEntries(query) : {}), value: placeholder });
}

function Mark({ text, traced }: { text: string; traced?: boolean }) {
  const m = markOf(text);
  if (traced && m.class === "secret") return <a class={m.class} title={traceTitle} href={traceOf(text)}>{m.text}</a>;
  return <span class={m.class} title={m.title}>{m.text}</span>;
}

/** Returns foreign text for attributes such as titles, where nothing can be marked: hidden characters are written out. */
export function plain(text: string): string {
  return text.replace(hidden, (c) => "⟨U+" + c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0") + "⟩");
}
