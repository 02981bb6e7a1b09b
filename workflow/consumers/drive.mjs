// drive.mjs NAME URL: uses a server as a test of its clients would, in the process that spectap run records.
import http from 'node:http';

const [name, base] = process.argv.slice(2);
const run = Date.now().toString(36);

// call sends a request and returns the JSON of the answer. The proxy is that of the environment.
const proxy = process.env.HTTP_PROXY && new URL(process.env.HTTP_PROXY);
const call = (status, method, path, body, headers = {}) => new Promise((done, fail) => {
  const to = new URL(path, base), data = body === undefined ? undefined : JSON.stringify(body);
  const req = http.request({
    method, host: proxy ? proxy.hostname : to.hostname, port: proxy ? proxy.port : to.port, path: proxy ? to.href : to.pathname + to.search,
    headers: { host: to.host, accept: 'application/json', ...(data === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  }, (res) => {
    let text = '';
    res.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => {
      if (res.statusCode !== status) return fail(new Error(`${method} ${path}: ${res.statusCode} ${text.slice(0, 300)}`));
      done(/json/.test(res.headers['content-type'] ?? '') && text ? JSON.parse(text) : text);
    });
  });
  req.on('error', fail).end(data);
});

const drives = {
  async 'json-server'() {
    for (let i = 0; i < 3; i++) {
      const post = await call(201, 'POST', '/posts', { title: `Post ${run} ${i}`, author: 'somebody', draft: i > 0 });
      await call(200, 'GET', `/posts/${post.id}`);
      await call(200, 'GET', '/profile');
      const comment = await call(201, 'POST', '/comments', { body: `Comment ${i} of ${run}`, postId: post.id });
      await call(200, 'GET', `/posts/${post.id}/comments`);
      await call(200, 'PATCH', `/posts/${post.id}`, { title: `Changed ${run} ${i}` });
      await call(200, 'DELETE', `/comments/${comment.id}`);
      await call(200, 'DELETE', `/posts/${post.id}`);
    }
  },
  async verdaccio() {
    const user = `user-${run}`, password = `secret-${run}-0X`;
    const { token } = await call(201, 'PUT', `/-/user/org.couchdb.user:${user}`, { name: user, password });
    const auth = { authorization: `Bearer ${token}` };
    await call(200, 'GET', '/-/whoami', undefined, auth);
    for (let i = 0; i < 2; i++) {
      const made = await call(200, 'POST', '/-/npm/v1/tokens', { password, readonly: i > 0, cidr_whitelist: [] }, auth);
      await call(200, 'GET', '/-/npm/v1/tokens', undefined, auth);
      await call(200, 'DELETE', `/-/npm/v1/tokens/token/${made.key}`, undefined, auth);
    }
    for (let i = 0; i < 2; i++) {
      const pkg = `pkg-${run}-${i}`, file = `${pkg}-1.0.0.tgz`;
      await call(201, 'PUT', `/${pkg}`, {
        _id: pkg, name: pkg, 'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': { name: pkg, version: '1.0.0', dist: { tarball: `${base}/${pkg}/-/${file}` } } },
        _attachments: { [file]: { content_type: 'application/octet-stream', data: 'bm90aGluZw==', length: 7 } },
      }, auth);
      const { _rev } = await call(200, 'GET', `/${pkg}`, undefined, auth);
      await call(201, 'DELETE', `/${pkg}/-rev/${_rev}`, undefined, auth);
    }
  },
};
await drives[name]();
