import { Text } from "./text";

const colours: Record<string, string> = { GET: "get", POST: "post", PUT: "put", PATCH: "put", DELETE: "delete" };

/** A method, in its colour. */
export function Method({ method }: { method: string }) {
  return <span class={"method m-" + (colours[method] ?? "other")}><Text text={method} /></span>;
}

/** A path that is shortened in its middle, and whose query gives way first. */
export function Path({ path: whole }: { path: string }) {
  const [path = "", ...query] = whole.split(/(?=\?)/);
  const parts = path.split("/");
  let from = parts.length - 1;
  while (from > 1 && parts[from]!.startsWith("{")) from--;
  const beginning = parts.slice(0, from).join("/");
  return (
    <span class="path-parts">
      {beginning && <span class="beginning"><Text text={beginning} /></span>}
      <span class="end"><Text text={path.slice(beginning.length)} /></span>
      {query.length > 0 && <span class="query"><Text text={query.join("")} /></span>}
    </span>
  );
}
