import { createServer } from "node:http"; import { createSchema, createYoga } from "graphql-yoga"
const { PORT, B } = process.env, books = [{ id: "1", title: "Dune", pages: 412 }]
const typeDefs = `type Book { id: ID! title: String! pages: Int } type Query { books(minPages: Int): [Book!]! book(id: ID!): Book }
  input NewBook { title: String! pages: Int } type Mutation { addBook(input: NewBook!): Book! removeBook(id: ID!): Boolean! } type Subscription { count(to: Int!): Int! }`
const resolvers = { Query: { books: (_, a) => books.filter((b) => b.pages >= (a.minPages ?? 0)), book: (_, a) => books.find((b) => b.id === a.id) },
  Mutation: { addBook: (_, a) => (books.push({ id: String(books.length + 1), ...a.input }), books.at(-1)), removeBook: (_, a) => books.some((b) => b.id === a.id) },
  Subscription: { count: { subscribe: async function* (_, a) { for (let i = 1; i <= a.to; i++) yield { count: i } } } } }
if (process.argv[2] === "server") createServer(createYoga({ schema: createSchema({ typeDefs, resolvers }) })).listen(PORT, "127.0.0.1")
else {
  const q = async (query, variables, accept = "application/json") => (await fetch(`${B}/graphql`, { method: "POST", headers: { "content-type": "application/json", accept }, body: JSON.stringify({ query, variables }) })).text()
  for (const [i, title] of ["Emma", "Ulysses", "Walden", "Middlemarch", "Momo"].entries()) await q("mutation AddBook($input: NewBook!) { addBook(input: $input) { id title pages } }", { input: { title, pages: 200 + i } })
  for (const id of ["1", "2", "3", "4", "99"]) await q("query Book($id: ID!) { book(id: $id) { id title pages } }", { id })
  for (const minPages of [undefined, 201, 300]) await q("query Books($minPages: Int) { books(minPages: $minPages) { id title } }", { minPages })
  await q("query Book($id: ID!) { book(id: $id) { nope } }", { id: "1" }); await q("mutation RemoveBook($id: ID!) { removeBook(id: $id) }", { id: "3" }); await q("{ books { title } }")
  for (const to of [2, 3]) await q("subscription Count($to: Int!) { count(to: $to) }", { to }, "text/event-stream")
}
