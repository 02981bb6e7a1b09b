// Takes a multipart body apart (RFC 2046), without changing its bytes.

export interface Part {
  headers: { name: string; value: string }[];
  data: Uint8Array<ArrayBuffer>;
}

/** Returns the parts of a body, or undefined if it has no boundary. */
export function splitMultipart(type: string, data: Uint8Array<ArrayBuffer>): Part[] | undefined {
  const m = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (!m) return undefined;
  const oneByte = new TextDecoder("latin1"); // whose characters are one byte each: offsets are those of the data
  const text = oneByte.decode(data), line = oneByte.decode(new TextEncoder().encode("--" + (m[1] ?? m[2]!)));
  const parts: Part[] = [];
  let at = text.indexOf(line);
  while (at >= 0 && parts.length < 10_000) {
    at += line.length;
    if (data[at] === 45 && data[at + 1] === 45) break; // the last one
    const next = text.indexOf(line, at);
    let end = next < 0 ? data.length : next;
    if (next >= 0 && data[end - 1] === 10) end -= data[end - 2] === 13 ? 2 : 1;
    parts.push(readPart(data.subarray(at, end)));
    at = next;
  }
  return parts.length > 0 ? parts : undefined;
}

function readPart(data: Uint8Array<ArrayBuffer>): Part {
  const headers: Part["headers"] = [];
  let at = 0;
  for (let first = true; at < data.length; first = false) {
    let end = data.indexOf(10, at);
    if (end < 0) end = data.length;
    const text = new TextDecoder().decode(data.subarray(at, end)).trim();
    at = end + 1;
    if (text === "") {
      if (first) continue; // the end of the boundary line
      break;
    }
    const colon = text.indexOf(":");
    headers.push({ name: text.slice(0, Math.max(0, colon)), value: text.slice(colon + 1).trim() });
  }
  return { headers, data: data.subarray(Math.min(at, data.length)) };
}

/** Returns a parameter of a header value such as name="file". */
export function parameter(value: string, name: string): string {
  const m = new RegExp(`;\\s*${name}=(?:"((?:\\\\.|[^"\\\\])*)"|([^;]*))`, "i").exec(value);
  return (m?.[1]?.replace(/\\(.)/g, "$1") ?? m?.[2] ?? "").trim();
}

