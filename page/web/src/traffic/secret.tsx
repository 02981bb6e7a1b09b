import { useEffect, useState } from "preact/hooks";
import { notifyError } from "../parts/notice";
import { Text } from "../parts/text";
import { reveal } from "./calls.gen";

export function hasSecret(text: string): boolean {
  return text.includes("[redacted:");
}

interface Props {
  seq: number;
  response?: boolean;
  part: "url" | "header" | "trailer" | "message" | "error";
  index?: number;
  text: string;
}

/** A text whose secrets are hidden until the person asks for them. The server logs that. */
export function Secret({ seq, response = false, part, index = 0, text }: Props) {
  const [shown, setShown] = useState<string>();
  useEffect(() => setShown(undefined), [seq, text]);
  if (!hasSecret(text)) return <Text text={text} path={part === "url"} />;
  return (
    <>
      <Text text={shown ?? text} traced={shown === undefined} />{" "}
      <button type="button" class="reveal" aria-pressed={shown !== undefined}
        onClick={() => {
          if (shown !== undefined) setShown(undefined);
          else reveal({ seq, response, part, index }).then((r) => setShown(r.text), notifyError);
        }}>
        {shown === undefined ? "Reveal" : "Hide"}
      </button>
    </>
  );
}
