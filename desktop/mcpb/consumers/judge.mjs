// judge.mjs SPECTAP: packs a document, validates and unpacks the bundle with the tools of its format, and calls a tool
// of the server in it as a client does that has asked its user for the token.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { getMcpConfigForManifest } from '@anthropic-ai/mcpb/node';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const spectap = process.argv[2];
let failed = 0;
const check = (name, ok, detail = '') => {
  console.log(`${ok ? 'ok   ' : 'FAIL '} ${name}`);
  if (!ok) {
    console.log(detail);
    failed = 1;
  }
};
const mcpb = (...args) => spawnSync(new URL('node_modules/.bin/mcpb', import.meta.url).pathname, args, { encoding: 'utf8' });
const run = (args, input = '') => spawnSync(spectap, args, { encoding: 'utf8', input });

const token = 'token-of-the-user';
const seen = [];
const api = http.createServer((req, res) => {
  seen.push(`${req.method} ${req.url} ${req.headers.authorization}`);
  res.setHeader('content-type', 'application/json');
  res.end('{"id":7,"name":"oak stool"}');
});
await new Promise((done) => api.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${api.address().port}`;

fs.writeFileSync('shop.yaml', `openapi: 3.1.0
info: {title: Shop, version: 1.2.3, description: Products of a shop.}
security: [{bearer: []}]
paths:
  /products/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getProduct, responses: {"200": {description: OK}}}
    delete: {operationId: deleteProduct, responses: {"204": {description: Gone}}}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
`);
fs.writeFileSync('policy.yaml', 'version: 1\ndefault: deny\ntools: {getProduct: {}}\n');
const flags = ['shop.yaml', '--base-url', base, '--policy', 'policy.yaml', '--pins', 'pins.json'];
run(['serve', ...flags]);

const packed = run(['serve', 'pack', ...flags, '-o', 'shop.mcpb']);
check('pack', packed.status === 0, packed.stderr);
const folder = `${process.cwd()}/bundle`;
const unpacked = mcpb('unpack', 'shop.mcpb', folder);
check('unpack', unpacked.status === 0, unpacked.stdout + unpacked.stderr);
const manifest = JSON.parse(fs.readFileSync(`${folder}/manifest.json`, 'utf8'));
const valid = mcpb('validate', `${folder}/manifest.json`);
check('validate', valid.status === 0, valid.stdout + valid.stderr);
const options = Object.entries(manifest.user_config);
check('asks for the token, as a secret', options.length === 1 && options[0][1].sensitive && options[0][1].required);
const where = { manifest, extensionPath: folder, systemDirs: {}, pathSeparator: '/' };
check('not without the token', (await getMcpConfigForManifest({ ...where, userConfig: {} })) === undefined);
const config = await getMcpConfigForManifest({ ...where, userConfig: { [options[0][0]]: token } });
const client = new Client({ name: 'judge', version: '1.0.0' });
await client.connect(new StdioClientTransport({ command: config.command, args: config.args, env: { ...process.env, ...config.env }, stderr: 'ignore' }));
const tools = (await client.listTools()).tools.map((t) => t.name);
check('the tools of the policy', tools.includes('getProduct') && !tools.includes('deleteProduct'), tools.join());
const result = await client.callTool({ name: 'getProduct', arguments: { id: 7 } });
check('call', JSON.stringify(result).includes('oak stool') && seen.pop() === `GET /products/7 Bearer ${token}`, JSON.stringify(result));
await client.close();
const secret = run(['serve', 'pack', ...flags, '--bearer-token', token, '-o', 'secret.mcpb']);
check('no secret is packed', secret.status !== 0 && !fs.existsSync('secret.mcpb'), secret.stderr);
api.close();
process.exit(failed);
