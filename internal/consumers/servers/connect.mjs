import { createServer } from "node:http"; import { create, createFileRegistry, fromJson } from "@bufbuild/protobuf"; import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt"
import { createClient, ConnectError, Code } from "@connectrpc/connect"; import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node"
const { PORT, B } = process.env, f = (name, number, type, more) => ({ name, jsonName: name, number, type: `TYPE_${type}`, label: "LABEL_OPTIONAL", ...more })
const m = (name, ...field) => ({ name, field }), rpc = (name, inputType, outputType, more) => ({ name, inputType: `.shop.v1.${inputType}`, outputType: `.shop.v1.${outputType}`, ...more })
const reg = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [{ name: "shop.proto", package: "shop.v1", syntax: "proto3", messageType: [m("Item", f("id", 1, "INT32"), f("title", 2, "STRING")), m("Id", f("id", 1, "INT32")),
  m("Empty"), m("Items", f("items", 1, "MESSAGE", { label: "LABEL_REPEATED", typeName: ".shop.v1.Item" }))],
  service: [{ name: "ItemService", method: [rpc("GetItem", "Id", "Item", { options: { idempotencyLevel: "NO_SIDE_EFFECTS" } }), rpc("AddItem", "Item", "Item"), rpc("ListItems", "Empty", "Items"), rpc("WatchItems", "Empty", "Item", { serverStreaming: true })] }] }] }))
const service = reg.getService("shop.v1.ItemService"), items = [{ id: 1, title: "Lamp" }]
const impl = { getItem: (r) => items.find((i) => i.id === r.id) ?? (() => { throw new ConnectError("no such item", Code.NotFound) })(), listItems: () => ({ items }),
  addItem: (r) => (items.push({ id: items.length + 1, title: r.title }), items.at(-1)), watchItems: async function* () { yield* items } }
if (process.argv[2] === "server") createServer(connectNodeAdapter({ routes: (r) => r.service(service, impl) })).listen(PORT, "127.0.0.1")
else for (const useHttpGet of [false, true]) {
  const c = createClient(service, createConnectTransport({ baseUrl: B, httpVersion: "1.1", useHttpGet, useBinaryFormat: false })), no = () => {}
  for (const title of ["Chair", "Table", "Sofa"]) await c.addItem({ title }); for (const id of [1, 2, 3, 99]) await c.getItem({ id }).catch(no)
  await c.listItems({}); for await (const _ of c.watchItems({})) no()
}
