// serve.mjs CHECKERS SPECTAP DOCUMENT: the official SDK, of both eras, as a client of `spectap serve`. It compiles every
// schema with Ajv as draft 2020-12, and changes things with a user who agrees, one who does not, and none to ask: the API
// behind it counts what arrives.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [checkers, spectap, document] = process.argv.slice(2);
const require = createRequire(`${checkers}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const v1 = { ...(await load('@modelcontextprotocol/sdk/client/index.js')), ...(await load('@modelcontextprotocol/sdk/client/stdio.js')) };
const { ElicitRequestSchema } = await load('@modelcontextprotocol/sdk/types.js');
const v2 = { ...(await load('@modelcontextprotocol/client')), ...(await load('@modelcontextprotocol/client/stdio')) };
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default ?? require('ajv-formats');

// A call without the credentials that the document demands is answered before anybody is asked.
const env = { ...process.env, API_KEY: 'conformance', BEARER_TOKEN: 'conformance', BASIC_AUTH: 'conformance:conformance' };

const problems = [];
const arrived = [];
const api = createServer((request, response) => {
  arrived.push(`${request.method} ${request.url}`);
  response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
});
await new Promise((done) => api.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${api.address().port}`;

async function connect(era, answer) {
  const asked = [];
  const reply = async (request) => { asked.push(request.params.message); return { action: answer, content: {} }; };
  const capabilities = answer ? { elicitation: { form: {} } } : {};
  const options = era === v2 ? { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } } : { capabilities };
  const client = new era.Client({ name: 'conformance', version: '1' }, options);
  if (answer) client.setRequestHandler(era === v2 ? 'elicitation/create' : ElicitRequestSchema, reply);
  await client.connect(new era.StdioClientTransport({ command: spectap, args: ['serve', document, '--base-url', base], env, stderr: 'ignore' }));
  return { client, asked };
}

// expect calls a tool and says what is not as it should be.
async function expect(what, client, name, args, type, requests) {
  const before = arrived.length;
  const r = await client.callTool({ name, arguments: args });
  const got = r.structuredContent?.type;
  if (got !== type) problems.push(`${what}: ${got}, not ${type}: ${JSON.stringify(r.structuredContent).slice(0, 300)}`);
  if (!r.content[0]?.text.trim() || r.content[0].text.startsWith('{')) problems.push(`${what}: the text is not lines: ${JSON.stringify(r.content).slice(0, 300)}`);
  if (!!r.isError !== (type === 'error')) problems.push(`${what}: isError is ${r.isError}`);
  if (arrived.length - before !== requests) problems.push(`${what}: ${arrived.length - before} requests, not ${requests}: ${arrived.slice(before)}`);
}

let tools = [];
for (const [era, name] of [[v1, '2025-11-25'], [v2, '2026-07-28']]) {
  const { client } = await connect(era);
  ({ tools } = await client.listTools());
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  for (const tool of tools) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) problems.push(`${name}: ${tool.name}: the name`);
    try { ajv.compile(tool.inputSchema); if (tool.outputSchema) ajv.compile(tool.outputSchema); } catch (e) { problems.push(`${name}: ${tool.name}: ${e.message}`); }
    if (/"\$ref":"(?!#)/.test(JSON.stringify(tool.inputSchema))) problems.push(`${name}: ${tool.name} points outside itself`);
  }
  const held = tools.find((t) => /\(DELETE /.test(t.description) && t.inputSchema.required);
  const read = tools.find((t) => /\(GET /.test(t.description) && !t.inputSchema.required);
  const value = (n, schema) => schema.type === 'integer' ? n : schema.format === 'uuid' ? `00000000-0000-4000-8000-00000000000${n}` : String(n);
  const filled = (n) => Object.fromEntries(held.inputSchema.required.map((k) => [k, value(n, held.inputSchema.properties[k])]));
  const args = filled(1);
  await expect(`${name}, a read`, client, read.name, {}, 'api_response', 1);
  await expect(`${name}, a wrong argument`, client, read.name, { nope: 1 }, 'error', 0);
  await expect(`${name}, nobody to ask`, client, held.name, args, 'confirmation_request', 0);
  await expect(`${name}, other arguments`, client, held.name, { ...filled(2), __confirmed: true }, 'confirmation_request', 0);
  const eight = await Promise.all([...Array(8)].map(() => client.callTool({ name: held.name, arguments: { ...args, __confirmed: true } })));
  const sent = eight.filter((r) => r.structuredContent.type === 'api_response').length;
  if (sent !== 1) problems.push(`${name}: ${sent} of eight confirmations at once were sent`);
  await client.close();
  for (const [answer, type, requests] of [['accept', 'api_response', 1], ['decline', 'error', 0], ['cancel', 'error', 0]]) {
    const user = await connect(era, answer);
    await expect(`${name}, the user says ${answer}`, user.client, held.name, args, type, requests);
    if (user.asked.length !== 1 || !user.asked[0].includes('DELETE')) problems.push(`${name}, ${answer}: asked ${JSON.stringify(user.asked)}`);
    await user.client.close();
  }
}
api.close();
for (const p of problems) console.log(`      ${p}`);
console.log(`${problems.length ? 'FAIL' : 'ok  '}  serve: TypeScript SDK v1 and v2, and Ajv: ${tools.length} tools, ${arrived.length} requests, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
