import fs from "node:fs"; import { Server } from "@tus/server"; import { FileStore } from "@tus/file-store"; import * as tus from "tus-js-client"
const { PORT, B } = process.env
if (process.argv[2] === "server") new Server({ path: "/files", namingFunction: (_, m) => m?.filename === "f3.txt" ? "f3" : crypto.randomUUID().replaceAll("-", ""), datastore: new FileStore({ directory: "store" }) }).listen({ host: "127.0.0.1", port: PORT })
else for (const n of [1, 2, 3, 4, 5, 6]) await new Promise((done, fail) => {
  const u = new tus.Upload(Buffer.from(`line ${n}\n`.repeat(n * 40)), { endpoint: `${B}/files`, chunkSize: 256, metadata: { filename: `f${n}.txt`, filetype: "text/plain" }, onError: fail,
    onSuccess: async () => { await (await fetch(u.url)).text(); const r = { "Tus-Resumable": "1.0.0" }; await fetch(u.url, { method: "HEAD", headers: r }); if (n > 4) await fetch(u.url, { method: "DELETE", headers: r }); done() } })
  u.start()
})
