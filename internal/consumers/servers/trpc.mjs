import { initTRPC, TRPCError } from "@trpc/server"; import { createHTTPServer } from "@trpc/server/adapters/standalone"
import { createTRPCClient, httpBatchLink, httpLink } from "@trpc/client"; import { z } from "zod"
const { PORT, B } = process.env, tasks = [{ id: 1, title: "Sweep", done: false }], { router, procedure: p } = initTRPC.create()
const find = (id) => tasks.find((t) => t.id === id) ?? (() => { throw new TRPCError({ code: "NOT_FOUND" }) })(), id = z.object({ id: z.number() })
const app = router({ list: p.query(() => tasks), task: router({ byId: p.input(id).query(({ input }) => find(input.id)), finish: p.input(id).mutation(({ input }) => Object.assign(find(input.id), { done: true })),
  add: p.input(z.object({ title: z.string().min(2) })).mutation(({ input }) => (tasks.push({ id: tasks.length + 1, done: false, ...input }), tasks.at(-1))) }) })
if (process.argv[2] === "server") createHTTPServer({ router: app }).listen(PORT, "127.0.0.1")
else for (const link of [httpLink({ url: B }), httpBatchLink({ url: B })]) {
  const c = createTRPCClient({ links: [link] }), no = () => {}
  for (const title of ["Cook", "Wash", "Iron", "x"]) await c.task.add.mutate({ title }).catch(no)
  for (const id of [1, 2, 3, 99]) await c.task.byId.query({ id }).catch(no)
  await c.list.query(); await c.task.finish.mutate({ id: 2 }); await Promise.all([c.list.query(), c.task.byId.query({ id: 1 })])
}
