// judge.mjs SPECTAP SHOP: records the sample API and two public servers, and lets the linter and the runner of Redocly
// judge the workflows of the traffic. Each workflow runs against a new server.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [spectap, shop] = process.argv.slice(2);
const bin = (name) => new URL(`node_modules/.bin/${name}`, import.meta.url).pathname;
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
const exec = (cmd, args) => spawnSync(cmd, args, { encoding: 'utf8', env, timeout: 120_000 });
let failed = 0;
const check = (name, r) => {
  console.log(`${r.status === 0 ? 'ok   ' : 'FAIL '} ${name}`);
  if (r.status !== 0) {
    console.log((r.stdout + r.stderr).split('\n').slice(-80).join('\n'));
    failed = 1;
  }
  return r.status === 0;
};
const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});

// serve starts a server that listens on a port, and returns its URL and what stops it.
const serve = async (cmd, args, port) => {
  const child = spawn(cmd, args, { stdio: ['pipe', 'ignore', 'inherit'], env });
  const stop = () => new Promise((done) => { child.once('exit', done); child.kill(); });
  for (let i = 0; i < 300; i++) {
    const up = await fetch(`http://127.0.0.1:${port}/`).then((r) => r.arrayBuffer()).then(() => true, () => false);
    if (up) return { url: `http://127.0.0.1:${port}`, stop };
    await sleep(100);
  }
  throw new Error(`${cmd} does not answer on port ${port}`);
};
const order = {
  items: [{ product_slug: 'oak-stool', quantity: 1 }], payment: { type: 'bank_transfer', bank: 'Example Bank', reference: 'SHOP 5001' },
  ship_to: { name: 'The Receiver', street: 'Market Street 3', city: 'Berlin', postal_code: '10969', country: 'DE' },
};
let serial = 0;
const targets = {
  shop: {
    start: async () => { const port = await freePort(); return serve(shop, [String(port)], port); },
    inputs: {
      client_id: 'shop-web', scope: 'shop', username: 'alice', password: 'alice-demo-password', ...order,
      reason: 'changed my mind', Authorization: `Basic ${btoa('root:root-demo-password')}`, 'X-Api-Key': 'shop-key-7f3c9a52e1d84b06',
      category: 'lighting', name: 'A lamp', slug: 'new-lamp', price_cents: 1000, status: 'active',
    },
  },
  'json-server': {
    start: async () => {
      const port = await freePort(), file = `db-${serial++}.json`;
      fs.writeFileSync(file, JSON.stringify({ posts: [{ id: 4, title: 'First', author: 'a' }], comments: [{ id: 9, body: 'x', postId: 4 }], profile: { name: 'x' } }));
      return serve(bin('json-server'), ['--quiet', '--host', '127.0.0.1', '--port', String(port), file], port);
    },
    inputs: { title: 'A post', author: 'somebody', body: 'A comment', draft: true, updatePost_title: 'Another' },
  },
  verdaccio: {
    start: async () => {
      const port = await freePort(), folder = `verdaccio-${serial++}`;
      fs.mkdirSync(folder);
      fs.writeFileSync(`${folder}/config.yaml`, `storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 100}}
packages: {'**': {access: $all, publish: $authenticated, unpublish: $authenticated}}
security: {api: {legacy: false, jwt: {sign: {expiresIn: 1d}}}}
userRateLimit: {windowMs: 1000, max: 1000}
flags: {webLogin: false}
web: {enable: false}
log: {type: stdout, level: fatal}
`);
      return serve(bin('verdaccio'), ['--config', `${folder}/config.yaml`, '--listen', `127.0.0.1:${port}`], port);
    },
    inputs: {
      user: 'org.couchdb.user:somebody', name: 'somebody', password: 'secret-of-7-words', readonly: false, cidr_whitelist: [],
      id: 'a-package', 'dist-tags': { latest: '1.0.0' }, attachments: { 'a-package-1.0.0.tgz': { content_type: 'application/octet-stream', data: 'eA==', length: 1 } },
      versions: { '1.0.0': { name: 'a-package', version: '1.0.0', dist: { tarball: 'http://127.0.0.1/a-package/-/a-package-1.0.0.tgz' } } },
    },
  },
};

for (const [name, target] of Object.entries(targets)) {
  if (process.env.ONLY && name !== process.env.ONLY) continue;
  const db = `${name}.db`, api = `${name}.yaml`, flows = `${name}.arazzo.yaml`;
  if (name === 'shop') {
    if (!check('shop: demo', exec(spectap, ['demo', '--dir', 'demo']))) continue;
    fs.renameSync('demo/flows.db', db);
  } else {
    const s = await target.start();
    for (const turn of [1, 2]) {
      check(`${name}: session ${turn}`, exec(spectap, ['run', '--db', db, '--', process.execPath, new URL('drive.mjs', import.meta.url).pathname, name, s.url]));
    }
    await s.stop();
  }
  check(`${name}: export`, exec(spectap, ['export', '--db', db, '-o', api]));
  if (!check(`${name}: workflows`, exec(spectap, ['workflows', '--db', db, '--spec', api, '-o', flows, '--limit', '0']))) continue;
  check(`${name}: lint`, exec(bin('redocly'), ['lint', flows]));
  const ids = [...fs.readFileSync(flows, 'utf8').matchAll(/workflowId: (\S+)/g)].map((m) => m[1]);
  for (const id of ids) {
    const s = await target.start();
    check(`${name}: respect ${id}`, exec(bin('redocly'), ['respect', flows, '-w', id, '-S', `api=${s.url}`, '-i', JSON.stringify(target.inputs)]));
    await s.stop();
  }
}
process.exit(failed);
