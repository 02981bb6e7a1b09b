// Takes server-sent events and JSON lines apart.

export interface Item {
  /** What kind of item it is: the type of an event, or "". */
  label: string;
  text: string;
}

/** Returns the events of a text/event-stream that have data (HTML standard, section 9.2.6). */
export function readEvents(stream: string): Item[] {
  return stream.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").split(/\n{2,}/).flatMap((event) => {
    const values = (name: string) => event.split("\n").filter((l) => l === name || l.startsWith(name + ":")).map((l) => l.slice(name.length + 1).replace(/^ /, ""));
    const data = values("data");
    return data.length > 0 ? [{ label: values("event").at(-1) ?? "", text: data.join("\n") }] : [];
  });
}

/** Returns the texts of JSON lines. */
export function readLines(text: string): Item[] {
  return text.split("\n").map((l) => l.replace(/^\x1e/, "").trim()).filter((l) => l !== "").map((text) => ({ label: "", text }));
}
