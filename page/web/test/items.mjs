// An API whose requests are recorded in a store: items with a token.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { cleanup, folder, program, run } from "./support.mjs";

export const token = "s3cr3t-token-value-123456";

/** Serves the API, and records requests to it. Returns what it receives afterwards. */
export async function api(t) {
  const seen = [];
  const items = new Map();
  const server = createServer((req, res) => {
    const parts = [];
    req.on("data", (d) => parts.push(d));
    req.on("end", () => {
      const body = Buffer.concat(parts).toString();
      seen.push({ method: req.method, url: req.url, headers: req.headers, body });
      const out = (status, v) => {
        res.writeHead(status, { "Content-Type": "application/json" });
        res.end(JSON.stringify(v));
      };
      if (req.headers.authorization !== `Bearer ${token}`) return out(401, { error: "who are you" });
      const id = Number(/^\/items\/(\d+)/.exec(req.url)?.[1]);
      if (req.method === "POST") {
        const item = { id: 100 + items.size, ...JSON.parse(body) };
        items.set(item.id, item);
        return out(201, item);
      }
      if (req.url.startsWith("/items?") || req.url === "/items") return out(200, { items: [...items.values()], url: req.url });
      return items.has(id) ? out(200, items.get(id)) : out(404, { error: "no item" });
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  cleanup(t, () => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  const dir = folder(t);
  const recorded = join(dir, "recorded.db"), db = join(dir, "flows.db");
  const script = `
    const http = require("node:http"), proxy = new URL(process.env.http_proxy);
    const send = (method, path, body, auth = true) => new Promise((done, fail) => {
      const r = http.request({ host: proxy.hostname, port: proxy.port, method, path: "${origin}" + path,
        headers: { Host: new URL("${origin}").host, ...(auth ? { Authorization: "Bearer ${token}" } : {}), ...(body ? { "Content-Type": "application/json" } : {}) } },
        (res) => res.resume().on("end", done)).on("error", fail);
      r.end(body);
    });
    (async () => {
      for (let i = 0; i < 8; i++) await send("POST", "/items", JSON.stringify({ name: "item " + i, color: ["red", "green"][i % 2], count: i, note: i % 2 ? null : "n", tags: ["a", "b"],
        size: { width: i, height: 2.5 }, active: i % 3 === 0 }));
      for (let i = 100; i < 106; i++) await send("GET", "/items/" + i);
      await send("GET", "/items?page=1&sort=name");
      await send("GET", "/items?page=2");
      await send("GET", "/items", undefined, false);
    })();`;
  await new Promise((done, fail) => {
    spawn(program, ["run", "--db", recorded, "-o", join(dir, "api.yaml"), "--", process.execPath, "-e", script], { stdio: "ignore" })
      .on("exit", (status) => (status === 0 ? done() : fail(new Error("run: " + status))));
  });
  // A request whose response is late has a record of its own, and with it the number of the flow behind: tests name flows
  // by numbers that a busy machine does not change.
  await run("flows", "export", "--reveal", "--db", recorded, "-o", join(dir, "recorded.har"));
  await run("import", "--db", db, join(dir, "recorded.har"));
  seen.length = 0;
  return { db, origin, host: new URL(origin).host, seen };
}
