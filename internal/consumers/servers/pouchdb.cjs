const { PORT, B } = process.env, PouchDB = require("pouchdb"), fs = require("fs")
if (process.argv[2] === "server") { fs.mkdirSync("p"); require("express")().use(require("express-pouchdb")(PouchDB.defaults({ prefix: "p/" }), { inMemoryConfig: true, logPath: "log" })).listen(PORT, "127.0.0.1") }
else (async () => {
  for (const d of ["dogs", "cows", "pigs"]) { const x = new PouchDB(`${B}/${d}`); await x.put({ _id: "one", kind: d }); await x.allDocs(); await x.info() }
  const db = new PouchDB(`${B}/cats`); await db.info()
  for (const n of ["tom", "kit", "leo", "bob"]) await db.put({ _id: n, kind: "cat", age: n.length })
  for (const n of ["tom", "kit", "leo", "nix"]) await db.get(n).catch(() => {})
  await db.bulkDocs([{ _id: "sam", kind: "cat", age: 1 }, { _id: "max", kind: "cat", age: 2 }]); await db.allDocs({ include_docs: true }); await db.allDocs({ limit: 2 })
  await db.put({ ...(await db.get("tom")), age: 9 }); await db.put({ _id: "kit", age: 1 }).catch(() => {}); await db.remove(await db.get("bob")); await db.changes({ since: 0 })
  await db.putAttachment("leo", "photo.txt", (await db.get("leo"))._rev, Buffer.from("meow"), "text/plain"); await db.getAttachment("leo", "photo.txt"); await db.post({ kind: "dog" })
  for (const p of ["_all_dbs", "_session", "_active_tasks"]) await fetch(`${B}/${p}`); await new PouchDB(`${B}/cows`).destroy()
})()
