// Breaks XML into indented lines. It reads tags only as far as that needs, and shows the rest as it is.

/** The longest text that is broken into lines, in characters. */
export const maxXML = 4 << 20;

const token = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<![^>]*>|<\/[^>]*>|<(?:"[^"]*"|'[^']*'|[^<>"'])*>|[^<]+|</g;

/** Returns XML with a line for each element, or undefined if it is too long or has no elements. */
export function indentXML(text: string): string | undefined {
  if (text.length > maxXML || !/^\s*(?:\ufeff)?\s*</.test(text)) return undefined;
  const tokens = (text.match(token) ?? []).filter((t) => t.trim() !== "");
  const out: string[] = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    let t = tokens[i]!.trim();
    const closes = t.startsWith("</");
    const opens = /^<[^!?/]/.test(t) && !t.endsWith("/>");
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
