// Breaks XML and HTML into indented lines. It reads tags only as far as that needs, and shows the rest as it is.

/** The longest text that is broken into lines, in characters. */
export const maxXML = 4 << 20;

/** Elements of HTML that have no end. */
const empty = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));

/** Returns the index behind a tag, or -1 if none begins here. */
function endOfTag(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === ">") return i + 1;
    if (c === "<") return -1;
    if (c !== '"' && c !== "'") continue;
    i = text.indexOf(c, i + 1);
    if (i < 0) return -1;
  }
  return -1;
}

/** Returns tags, comments and the texts between them, or undefined if too much of the text looks like tags that do not end. */
function tokensOf(text: string, html: boolean): string[] | undefined {
  const out: string[] = [];
  const absent = new Set<string>(); // ends that do not occur any more: each is looked for once
  let budget = 8 * text.length;
  const behind = (end: string, from: number) => {
    const i = absent.has(end) ? -1 : text.indexOf(end, from);
    if (i < 0) absent.add(end);
    return i < 0 ? -1 : i + end.length;
  };
  let lower = "";
  for (let at = 0; at < text.length; ) {
    let end: number;
    if (text[at] !== "<") end = text.indexOf("<", at);
    else if (text.startsWith("<!--", at)) end = behind("-->", at + 4);
    else if (text.startsWith("<![CDATA[", at)) end = behind("]]>", at + 9);
    else if (text[at + 1] === "?") end = behind("?>", at + 2);
    else if (text[at + 1] === "!" || text[at + 1] === "/") end = behind(">", at + 2);
    else {
      end = endOfTag(text, at);
      if (end < 0 && (budget -= text.length - at) < 0) return undefined;
    }
    if (end < 0) end = text[at] === "<" ? at + 1 : text.length;
    out.push(text.slice(at, end));
    const raw = html ? /^<(script|style)[\s>]/i.exec(text.slice(at, at + 8))?.[1]?.toLowerCase() : undefined;
    at = end;
    if (!raw) continue;
    lower ||= text.toLowerCase();
    end = lower.indexOf("</" + raw, at);
    if (end < 0) end = text.length;
    if (end > at) out.push(text.slice(at, end));
    at = end;
  }
  return out;
}

/** Returns XML or HTML with a line for each element, or undefined if it is too long or has no elements. */
export function indentXML(text: string, html = false): string | undefined {
  if (text.length > maxXML || !/^\s*(?:\ufeff)?\s*</.test(text)) return undefined;
  const tokens = tokensOf(text, html)?.filter((t) => t.trim() !== "");
  if (!tokens) return undefined;
  const out: string[] = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    let t = tokens[i]!.trim();
    const closes = t.startsWith("</");
    const opens = /^<[^!?/]/.test(t) && !t.endsWith("/>") && !(html && empty.has(/^<([a-z]+)/i.exec(t)?.[1]!.toLowerCase() ?? ""));
    if (closes) depth = Math.max(0, depth - 1);
    // An element that has only text is one line.
    if (opens && i + 2 < tokens.length && !tokens[i + 1]!.startsWith("<") && tokens[i + 2]!.startsWith("</")) {
      t += tokens[i + 1]!.trim() + tokens[i + 2]!.trim();
      i += 2;
    } else if (opens && tokens[i + 1]?.startsWith("</")) {
      t += tokens[++i]!.trim();
    } else if (opens) {
      out.push("  ".repeat(Math.min(depth, 60)) + t);
      depth++;
      continue;
    }
    out.push("  ".repeat(Math.min(depth, 60)) + t);
  }
  return out.join("\n");
}
