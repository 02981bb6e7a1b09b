// A vector image. A few lines can keep a browser busy for hours, so that it is drawn in a frame of another process.
import { useEffect, useRef, useState } from "preact/hooks";

/** How long the frame may take to begin, and then not react, in milliseconds. */
const longestStart = 20_000;
const longestSilence = 5000;
const askEvery = 500;

interface Props {
  data: Uint8Array<ArrayBuffer>;
  media: string;
}

export function Drawing({ data, media }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const [problem, setProblem] = useState("");
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setSize(undefined);
    setProblem("");
    let waits = longestStart; // a hidden page, whose timers are late, does not count it down
    let ready = false;
    const timer = setInterval(() => {
      if (document.hidden) return;
      waits -= askEvery;
      if (waits <= 0) {
        clearInterval(timer);
        setProblem(ready ? "The browser takes too long to draw the image: it was ended." : "The browser did not begin to draw the image.");
      } else if (ready) frame.current?.contentWindow?.postMessage("alive?", "*");
    }, askEvery);
    const take = (e: MessageEvent<unknown>) => {
      if (!frame.current || e.source !== frame.current.contentWindow) return;
      waits = longestSilence;
      if (e.data === "ready") {
        ready = true;
        frame.current.contentWindow!.postMessage({ data, type: media }, "*"); // its origin is opaque
      } else if (e.data === "no image") setProblem("This browser cannot show the image.");
      else if (typeof e.data === "object" && e.data !== null) {
        const { width, height } = e.data as Record<string, unknown>;
        setSize({ width: Number(width) || 0, height: Number(height) || 0 });
      }
    };
    addEventListener("message", take);
    return () => {
      clearInterval(timer);
      removeEventListener("message", take);
    };
  }, [data, media, attempt]);
  if (problem) {
    return (
      <p class="warn" role="alert">{problem}{" "}
        <button type="button" onClick={() => setAttempt(attempt + 1)}>Try again</button>
      </p>
    );
  }
  return (
    <figure class="image">
      <iframe key={attempt} ref={frame} src="/drawing" sandbox="allow-scripts" title="The image of the body"
        style={{ height: size ? Math.max(16, Math.min(size.height, innerHeight * 0.6)) + "px" : "8em" }} />
      <figcaption class="faint">{size ? `${size.width} × ${size.height}` : "Drawing…"}</figcaption>
    </figure>
  );
}
