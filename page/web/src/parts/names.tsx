import { Text } from "./text";

const colours: Record<string, string> = { GET: "get", POST: "post", PUT: "put", PATCH: "put", DELETE: "delete" };

/** A method, in its colour. */
export function Method({ method }: { method: string }) {
  return <span class={"method m-" + (colours[method] ?? "other")}><Text text={method} /></span>;
}

/** A path whose end is seen, since the beginning is often that of others. */
export function Path({ path }: { path: string }) {
  const parts = path.split("/");
  let from = parts.length - 1;
  while (from > 1 && parts[from]!.startsWith("{")) from--;
  const end = from > 1 ? "/" + parts.slice(from).join("/") : "";
  return (
    <span class="path-parts">
      {end === "" ? <span class="end"><Text text={path} /></span> : (
        <><span class="beginning"><Text text={path.slice(0, path.length - end.length)} /></span><span class="end"><Text text={end} /></span></>
      )}
    </span>
  );
}
