// Takes server-sent events and JSON lines apart.

export interface Item {
  /** What kind of item it is: the type of an event, or "". */
  label: string;
  text: string;
}

/** Returns the events of a text/event-stream that have data (HTML standard, section 9.2.6). */
export function readEvents(stream: string): Item[] {
  const out: Item[] = [];
  let label = "";
  let data: string[] = [];
  const flush = () => {
    if (data.length > 0) out.push({ label, text: data.join("\n") });
    label = "";
    data = [];
  };
  for (const line of stream.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    if (line === "") {
      flush();
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") label = value;
    else if (name === "data") data.push(value);
  }
  flush();
  return out;
}

/** Returns the texts of JSON lines. */
export function readLines(text: string): Item[] {
  return text.split("\n").map((l) => l.replace(/^\x1e/, "").trim()).filter((l) => l !== "").map((text) => ({ label: "", text }));
}
