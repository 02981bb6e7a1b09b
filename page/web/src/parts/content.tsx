import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { digits } from "./format";
import { Drawing } from "./drawing";
import { readEvents, readLines } from "./events";
import { HexView } from "./hexview";
import { JSONView } from "./jsonview";
import { parameter, splitMultipart } from "./multipart";
import { Sequence } from "./sequence";
import { Text } from "./text";
import { TextView } from "./textview";
import { indentXML } from "./xml";

interface Props {
  data: Uint8Array<ArrayBuffer>;
  /** The Content-Type. What is not text by it is still shown as text if it is UTF-8. */
  type: string;
  /** How many contents with parts this one is in. */
  depth?: number;
  /** A form besides those of the media type, which is shown first. */
  first?: { name: string; view: ComponentChildren } | undefined;
}

type Form = "first" | "image" | "pretty" | "raw" | "hex";

/** Parts with parts that are taken apart. */
const maxDepth = 4;

/** Any content in the form that suits its media type, as text, and in hexadecimal. */
export function Content({ data, type, depth = 0, first }: Props) {
  const media = (type.split(";")[0] ?? "").trim().toLowerCase();
  const text = useMemo(() => decode(data), [data]);
  const found = kindOf(media, text);
  const kind = found === "multipart" && depth >= maxDepth ? (text === undefined ? "binary" : "text") : found;
  const [chosen, setForm] = useState<Form>();
  const [notJSON, setNotJSON] = useState(false);
  useEffect(() => setNotJSON(false), [data]);
  const pretty = kind !== "text" && kind !== "binary" && !(kind === "json" && notJSON);
  // A vector image is drawn on request: its text is readable, and a process of the browser for each would be slow.
  const forms: Form[] = [...(first ? ["first" as const] : []), ...(pretty ? ["pretty" as const] : []), ...(media === "image/svg+xml" && kind !== "image" ? ["image" as const] : []), ...(text !== undefined ? ["raw" as const] : []), "hex"];
  const form = chosen && forms.includes(chosen) ? chosen : forms[0]!;
  return (
    <div class="content">
      <div class="content-forms" role="group" aria-label="Form">
        {forms.map((f) => (
          <button type="button" class="quiet" aria-pressed={f === form} onClick={() => setForm(f)}>
            {f === "first" ? first!.name : f === "pretty" ? names[kind] : { image: names.image, raw: "Raw", hex: "Hex" }[f]}
          </button>
        ))}
      </div>
      {form === "first" ? first!.view : form === "hex" ? <HexView data={data} />
        : form === "raw" ? <TextView text={text!} syntax={found === "json" || found === "lines" ? "json" : /[/+-]yaml$/.test(media) ? "yaml" : undefined} />
          : form === "image" ? <Drawing data={data} media={media} />
            : <Pretty kind={kind} data={data} type={type} depth={depth} media={media} text={text ?? ""} onBad={() => setNotJSON(true)} />}
    </div>
  );
}

type Kind = "json" | "lines" | "events" | "xml" | "html" | "form" | "multipart" | "image" | "text" | "binary";

const names: Record<Kind, string> = {
  json: "JSON", lines: "Lines", events: "Events", xml: "XML", html: "HTML", form: "Form", multipart: "Parts", image: "Image", text: "Text", binary: "Hex",
};

function kindOf(media: string, text: string | undefined): Kind {
  if (/^image\/[a-z0-9.+-]+$/.test(media) && !(media === "image/svg+xml" && text !== undefined)) return "image";
  if (media.startsWith("multipart/")) return "multipart";
  if (text === undefined) return "binary";
  if (/^application\/(x-)?(ndjson|jsonl|json-seq|stream\+json)|jsonlines/.test(media)) return "lines";
  if (media === "text/event-stream") return "events";
  if (/[/+]json$/.test(media)) return "json";
  if (media === "text/html") return "html";
  if (/[/+]xml$/.test(media)) return "xml";
  if (media === "application/x-www-form-urlencoded") return "form";
  if (media !== "text/plain" && /^\s*[[{]/.test(text.slice(0, 100)) && /[\]}]\s*$/.test(text.slice(-100))) return "json";
  return "text";
}

/** Returns the text of UTF-8, or undefined. */
function decode(data: Uint8Array): string | undefined {
  if (data.subarray(0, 4096).includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}

/** A text of JSON. */
export function JSONContent({ text }: { text: string }) {
  const data = useMemo(() => new TextEncoder().encode(text), [text]);
  return <Content data={data} type="application/json" />;
}

function Pretty({ kind, data, type, depth, media, text, onBad }: Props & { kind: Kind; media: string; text: string; onBad: () => void }) {
  switch (kind) {
    case "json":
      return <JSONView text={text} onBad={onBad} />;
    case "events":
    case "lines":
      return <Items text={text} events={kind === "events"} />;
    case "xml":
    case "html":
      return <XML text={text} html={kind === "html"} />;
    case "form":
      return <FormTable text={text} />;
    case "multipart":
      return <Multipart data={data} type={type} depth={depth ?? 0} />;
    case "image":
      return media === "image/svg+xml" ? <Drawing data={data} media={media} /> : <Image data={data} media={media} />;
  }
  return null;
}

function Items({ text, events }: { text: string; events: boolean }) {
  const items = useMemo(() => (events ? readEvents(text) : readLines(text))
    .map((e, i) => ({ labels: [String(i + 1), ...(e.label ? [e.label] : [])], text: e.text })), [text, events]);
  return <Sequence items={items} name={events ? "events" : "lines"} />;
}

function XML({ text, html }: { text: string; html: boolean }) {
  const indented = useMemo(() => indentXML(text, html), [text, html]);
  return <TextView text={indented ?? text} />;
}

const maxFields = 200;
const maxValue = 2000; // characters

function FormTable({ text }: { text: string }) {
  const all = useMemo(() => [...new URLSearchParams("?" + text)], [text]);
  return (
    <>
      <table class="headers">
        <tbody>{all.slice(0, maxFields).map(([n, v]) => (
          <tr>
            <th scope="row"><Text text={n.slice(0, maxValue)} /></th>
            <td><Text text={v.slice(0, maxValue)} />{v.length > maxValue && <span class="faint"> … {digits(v.length)} characters: Raw has all</span>}</td>
          </tr>
        ))}</tbody>
      </table>
      {all.length > maxFields && <p class="warn">{digits(all.length - maxFields)} more fields: Raw shows them.</p>}
    </>
  );
}

const maxParts = 200;

function Multipart({ data, type, depth = 0 }: Props) {
  const parts = useMemo(() => splitMultipart(type, data), [data, type]);
  if (!parts) return <p class="warn">The body has no parts.</p>;
  return (
    <div class="parts">
      {parts.slice(0, maxParts).map((p, i) => {
        const header = (name: string) => p.headers.find((h) => h.name.toLowerCase() === name)?.value ?? "";
        const disposition = header("content-disposition");
        return (
          <details open={i < 5}>
            <summary>
              <Text text={parameter(disposition, "name") || `part ${i + 1}`} />{" "}
              <span class="faint"><Text text={parameter(disposition, "filename")} /> {digits(p.data.length)} B</span>
            </summary>
            <table class="headers">
              <tbody>{p.headers.map((h) => <tr><th scope="row"><Text text={h.name} line /></th><td><Text text={h.value} /></td></tr>)}</tbody>
            </table>
            <Content data={p.data} type={header("content-type") || "text/plain"} depth={depth + 1} />
          </details>
        );
      })}
      {parts.length > maxParts && <p class="warn">{digits(parts.length - maxParts)} more parts: Raw or Hex shows them.</p>}
    </div>
  );
}

/** An image. Browsers run no scripts of images, and the policy of the page loads nothing for them. */
function Image({ data, media }: { data: Uint8Array<ArrayBuffer>; media: string }) {
  const [url, setURL] = useState("");
  const [info, setInfo] = useState("");
  useEffect(() => {
    const u = URL.createObjectURL(new Blob([data], { type: media }));
    setURL(u);
    setInfo("");
    return () => URL.revokeObjectURL(u);
  }, [data, media]);
  return (
    <figure class="image">
      {url && <img src={url} alt="The image of the body" onLoad={(e) => setInfo(`${e.currentTarget.naturalWidth} × ${e.currentTarget.naturalHeight}`)}
        onError={() => setInfo("This browser cannot show the image.")} />}
      <figcaption class="faint">{info}</figcaption>
    </figure>
  );
}
