// sse.mjs CHECKERS URL: the official SDK as a client of the old HTTP+SSE transport of `SPECTAP mcp --sse`. The second
// client declares that its user can be asked, and answers.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [checkers, url] = process.argv.slice(2);
const require = createRequire(`${checkers}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
const { SSEClientTransport } = await load('@modelcontextprotocol/sdk/client/sse.js');
const { ElicitRequestSchema } = await load('@modelcontextprotocol/sdk/types.js');

const problems = [];
const check = (what, ok) => ok || problems.push(what);
const connect = async (capabilities, token) => {
  const client = new Client({ name: 'conformance', version: '1' }, { capabilities });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  await client.connect(new SSEClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
};

await connect({}, '').then(
  () => problems.push('connected without a token'),
  (e) => check(`refused with ${e.message}`, /401/.test(`${e.code} ${e.message}`)),
);

const token = process.env.MCP_TOKEN;
const plain = await connect({}, token);
const { tools } = await plain.listTools();
check(`${tools.length} tools`, tools.some((t) => t.name === 'clear_traffic'));
const read = await plain.callTool({ name: 'get_traffic_summary', arguments: { limit: 3 } });
check('get_traffic_summary', read.structuredContent?.flows?.length === 3);
check('spectap://hosts', (await plain.readResource({ uri: 'spectap://hosts' })).contents.length === 1);
check('an error', (await plain.callTool({ name: 'inspect_flows', arguments: { flow_ids: 0 } })).isError);
const held = await plain.callTool({ name: 'clear_traffic', arguments: {} });
check('clear_traffic is held', held.isError && /confirmation_required/.test(JSON.stringify(held.structuredContent)));

const asks = await connect({ elicitation: {} }, token);
let asked = 0;
asks.setRequestHandler(ElicitRequestSchema, async () => (++asked, { action: 'decline' }));
const declined = await asks.callTool({ name: 'clear_traffic', arguments: {} });
check(`the user was asked ${asked} times`, asked === 1);
check('a refusal deletes nothing', declined.isError);
check('the flows are there', (await plain.callTool({ name: 'get_traffic_summary', arguments: {} })).structuredContent.flows.length > 0);
await plain.close();
await asks.close();

for (const p of problems) console.log(`      ${p}`);
console.log(`${problems.length ? 'FAIL' : 'ok  '}  TypeScript SDK over HTTP+SSE: ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
