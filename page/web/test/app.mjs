// A single-page app as people write them: it fetches JSON, listens to events, and talks over a WebSocket.
import { createServer } from "node:http";
import { cleanup } from "./support.mjs";
import { echoSockets } from "./socket.mjs";

const html = `<!doctype html><meta charset="utf-8"><title>Notes</title><link rel="icon" href="data:,">
<form><input name="text" aria-label="Text"><button>Add</button></form><ul></ul>
<input id="say" aria-label="Say"><p id="heard"></p><p id="news"></p><script src="/app.js"></script>`;

const script = `
const list = document.querySelector("ul");
const json = async (method, path, body) => {
  const r = await fetch(path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
  return r.status === 204 ? undefined : r.json();
};
async function show() {
  const { notes } = await json("GET", "/api/notes?limit=50");
  list.replaceChildren(...notes.map((n) => {
    const li = document.createElement("li"), open = document.createElement("button"), gone = document.createElement("button");
    open.textContent = n.text;
    open.onclick = async () => { document.title = (await json("GET", "/api/notes/" + n.id)).text; };
    gone.textContent = "Delete " + n.text;
    gone.onclick = () => json("DELETE", "/api/notes/" + n.id).then(show);
    li.append(open, gone);
    return li;
  }));
}
document.querySelector("form").onsubmit = async (e) => {
  e.preventDefault();
  const text = e.target.text.value;
  e.target.reset();
  await json("POST", "/api/notes", { text, done: false, tags: ["new"] });
  await show();
};
const socket = new WebSocket(location.origin.replace("http", "ws") + "/live");
socket.onmessage = (e) => { heard.textContent = JSON.parse(e.data).say; };
say.onchange = () => socket.send(JSON.stringify({ say: say.value }));
new EventSource("/api/feed").addEventListener("note", (e) => { news.textContent = JSON.parse(e.data).text; });
show();
`;

/** Serves the app. Returns its address. */
export async function serveApp(t) {
  const notes = new Map();
  const listeners = new Set();
  let next = 4711;
  const server = createServer((req, res) => {
    const answer = (status, value, type = "application/json") => {
      res.writeHead(status, value === undefined ? {} : { "Content-Type": type });
      res.end(typeof value === "object" ? JSON.stringify(value) : value);
    };
    const url = new URL(req.url, "http://app");
    const id = Number(/^\/api\/notes\/(\d+)$/.exec(url.pathname)?.[1]);
    const note = notes.get(id);
    let body = "";
    req.on("data", (d) => (body += d));
    req.on("end", () => {
      if (url.pathname === "/") return answer(200, html, "text/html");
      if (url.pathname === "/app.js") return answer(200, script, "text/javascript");
      if (url.pathname === "/api/feed") {
        res.writeHead(200, { "Content-Type": "text/event-stream" });
        res.write(": welcome\n\n");
        listeners.add(res);
        return res.on("close", () => listeners.delete(res));
      }
      if (url.pathname === "/api/notes" && req.method === "GET") return answer(200, { notes: [...notes.values()] });
      if (url.pathname === "/api/notes" && req.method === "POST") {
        const made = { id: next++, created: new Date(1_790_000_000_000 + next * 1000).toISOString(), ...JSON.parse(body) };
        notes.set(made.id, made);
        for (const l of listeners) l.write(`event: note\ndata: ${JSON.stringify(made)}\n\n`);
        return answer(201, made);
      }
      if (note && req.method === "DELETE") {
        notes.delete(id);
        return answer(204);
      }
      return note ? answer(200, note) : answer(404, { error: "there is no such note" });
    });
  });
  echoSockets(server);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  cleanup(t, () => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
}
