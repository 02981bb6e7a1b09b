import { Fragment, type ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { bytes, digits } from "../parts/format";
import { Text } from "../parts/text";
import { CodeView } from "./codeview";
import { Drawing } from "./drawing";
import { readEvents, readLines } from "./events";
import { parameter, splitMultipart } from "./multipart";
import { Sequence } from "./sequence";

interface Props {
  data: Uint8Array<ArrayBuffer>;
  /** The Content-Type. Contents of other types are shown as text too if they are UTF-8. */
  type: string;
  /** The number of multipart contents around this one. */
  depth?: number;
  /** An additional form, which is shown first. */
  first?: { name: string; view: ComponentChildren } | undefined;
}

/** The depth to which parts within parts are split, and the number of parts that are shown. */
const maxDepth = 4, maxParts = 200;

/** A content in the form of its media type, as text, and in hexadecimal. */
export function Content({ data, type, depth = 0, first }: Props) {
  const media = (type.split(";")[0] ?? "").trim().toLowerCase();
  const text = useMemo(() => decode(data), [data]);
  const [chosen, setChosen] = useState("");
  const raw = /[/+-]yaml$/.test(media) ? "yaml" : text !== undefined && (isJSON(media, text) || lines.test(media)) ? "raw json" : "text";
  const forms = [first, suiting(data, type, media, text, depth)].filter((f) => f !== undefined);
  // A vector image is drawn on request: its text is readable, and a process of the browser for each would be slow.
  if (media === "image/svg+xml" && text !== undefined) forms.push({ name: "Image", view: <Drawing data={data} media={media} /> });
  if (text !== undefined) forms.push({ name: "Raw", view: <CodeView content={text} form={raw} /> });
  forms.push({ name: "Hex", view: <CodeView content={data} form="hex" /> });
  const shown = forms.find((f) => f.name === chosen) ?? forms[0]!;
  return (
    <div class="content">
      <div class="content-forms" role="group" aria-label="Form">
        {forms.map(({ name }) => <button type="button" class="quiet" aria-pressed={name === shown.name} onClick={() => setChosen(name)}>{name}</button>)}
      </div>
      <Fragment key={shown.name}>{shown.view}</Fragment>
    </div>
  );
}

const lines = /^application\/(x-)?(ndjson|jsonl|json-seq|stream\+json)|jsonlines/;

function isJSON(media: string, text: string): boolean {
  if (/[/+]json$/.test(media)) return /^\s*(?:[[{"\d-]|true|false|null)/.test(text);
  return media !== "text/plain" && /^\s*[[{]/.test(text.slice(0, 100)) && /[\]}]\s*$/.test(text.slice(-100));
}

/** Returns the view for a media type, if there is one. */
function suiting(data: Props["data"], type: string, media: string, text: string | undefined, depth: number): Props["first"] {
  if (/^image\/[a-z0-9.+-]+$/.test(media) && !(media === "image/svg+xml" && text !== undefined)) {
    return { name: "Image", view: media === "image/svg+xml" ? <Drawing data={data} media={media} /> : <Image data={data} media={media} /> };
  }
  if (media.startsWith("multipart/") && depth < maxDepth) return { name: "Parts", view: <Multipart data={data} type={type} depth={depth} /> };
  if (text === undefined) return undefined;
  if (lines.test(media)) return { name: "Lines", view: <Items text={text} events={false} /> };
  if (media === "text/event-stream") return { name: "Events", view: <Items text={text} events /> };
  if (media === "text/html") return { name: "HTML", view: <CodeView content={text} form="html" /> };
  if (/[/+]xml$/.test(media)) return { name: "XML", view: <CodeView content={text} form="xml" /> };
  if (media === "application/x-www-form-urlencoded") return { name: "Form", view: <CodeView content={text} form="form" /> };
  return isJSON(media, text) ? { name: "JSON", view: <CodeView content={text} form="json" /> } : undefined;
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

function Items({ text, events }: { text: string; events: boolean }) {
  const items = useMemo(() => (events ? readEvents(text) : readLines(text))
    .map((e, i) => ({ labels: [String(i + 1), ...(e.label ? [e.label] : [])], text: e.text })), [text, events]);
  return <Sequence items={items} name={events ? "events" : "lines"} />;
}

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
              <span class="faint"><Text text={parameter(disposition, "filename")} /> {bytes(p.data.length)}</span>
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
