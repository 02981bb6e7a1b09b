// client.mjs CHECKERS CMD ARGS...: the official SDK as a client of a stdio server. It compiles every schema with Ajv
// as draft 2020-12, and calls tools; the SDK itself checks what they answer against their output schemas.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [checkers, command, ...args] = process.argv.slice(2);
const require = createRequire(`${checkers}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = await load('@modelcontextprotocol/sdk/client/stdio.js');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default ?? require('ajv-formats');

const problems = [];
const client = new Client({ name: 'conformance', version: '1' }, { capabilities: {} });
await client.connect(new StdioClientTransport({ command, args, stderr: 'inherit' }));
const { tools } = await client.listTools();
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
for (const tool of tools) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) problems.push(`${tool.name}: the name`);
  for (const key of ['inputSchema', 'outputSchema']) {
    try {
      ajv.compile(tool[key]);
    } catch (e) {
      problems.push(`${tool.name}: ${key}: ${e.message}`);
    }
  }
  const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
  if (!hints.every((h) => typeof tool.annotations?.[h] === 'boolean')) problems.push(`${tool.name}: hints are missing`);
}
const spec = (await client.callTool({ name: 'export_openapi_spec', arguments: { format: 'yaml' } })).structuredContent.text;
const calls = [
  ['get_traffic_summary', {}], ['inspect_flows', { flow_ids: 1 }], ['inspect_flows', { flow_ids: '2', full_body: true }],
  ['inspect_flows', { flow_ids: '1,2,3', fields: 'url,status_code' }], ['search_traffic', { query: 'lamp', limit: 5 }],
  ['inspect_flows', { flow_ids: 1, fields: 'schemas' }], ['extract_from_flow', { flow_id: 1, json_path: '$..*' }], ['list_operations', { details: true }],
  ['detect_auth_pattern', {}], ['generate_client', { flow_ids: '1', target_framework: 'fetch' }],
  ['list_hosts', {}], ['list_operations', {}], ['get_operation', { method: 'GET', path: '/api/v1/products/oak-stool' }],
  ['explain_operation', { method: 'GET', path: '/api/v1/products/oak-stool' }], ['diff_spec', { spec, violations: true }], ['diff_spec', { spec }],
  ['find_value', { value: 'oak-stool' }], ['get_traffic_summary', { cursor: 'start' }], ['export_openapi_spec', {}],
  ['inspect_flows', { flow_ids: 0 }, true], ['search_traffic', { nope: 1 }, true],
];
for (const [name, given, wrong = false] of calls) {
  try {
    const r = await client.callTool({ name, arguments: given });
    if (!!r.isError !== wrong) problems.push(`${name} ${JSON.stringify(given).slice(0, 80)}: ${JSON.stringify(r.content).slice(0, 200)}`);
  } catch (e) {
    problems.push(`${name}: ${e.message}`);
  }
}
await client.close();
for (const p of problems) console.log(`      ${p}`);
console.log(`${problems.length ? 'FAIL' : 'ok  '}  TypeScript SDK and Ajv: ${tools.length} tools, ${calls.length} calls, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
