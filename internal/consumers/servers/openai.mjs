import OpenAI from "openai"
const ai = new OpenAI({ baseURL: `${process.env.B}/v1`, apiKey: "sk-none-of-your-business-000000000000" })
for (const stream of [false, true]) for (const word of ["Hello", "Name a river", "Count to three", "Bye"]) {
  const r = await ai.chat.completions.create({ model: "gpt-4", temperature: 0.2, stream, messages: [{ role: "system", content: "Be brief." }, { role: "user", content: word }] })
  if (stream) for await (const _ of r);
}
await ai.models.list().catch(() => {})
