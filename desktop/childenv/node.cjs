// Starts browsers with the flags or preferences in browser.json, unless they have a proxy of their own.
// Sends the requests of http, https and fetch through the proxy in HTTP_PROXY, for releases of Node.js without
// NODE_USE_ENV_PROXY. Requests use CONNECT, except those to hosts in NO_PROXY.
'use strict';

const [major, minor] = process.versions.node.split('.').map(Number);
const native = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
if (!native && process.env.HTTP_PROXY) {
  const http = require('http');
  const https = require('https');
  const net = require('net');
  const tls = require('tls');
  const proxy = new URL(process.env.HTTP_PROXY);
  const direct = (process.env.NO_PROXY || '').split(',').filter(Boolean);
  const isProxy = (host, port) => host === proxy.hostname && String(port) === proxy.port; // some clients use the proxy themselves
  const skips = (host, port) => isProxy(host, port) || direct.some((d) => host === d || host.endsWith('.' + d.replace(/^\*?\./, '')));

  const connect = (host, port, done) => {
    const socket = net.connect({ host: proxy.hostname, port: Number(proxy.port) });
    const target = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
    let head = '';
    const end = (err) => {
      socket.removeListener('readable', read).removeListener('error', fail).removeListener('end', ended);
      if (err) socket.destroy();
      done(err, err ? undefined : socket);
    };
    const fail = (err) => end(err);
    const ended = () => end(new Error('the proxy closed the connection'));
    const read = () => { // byte by byte, to read nothing after the response head
      for (let b; (b = socket.read(1)) !== null; ) {
        head += b.toString('latin1');
        if (head.endsWith('\r\n\r\n')) {
          return end(/^HTTP\/1\.[01] 200 /.test(head) ? null : new Error(`proxy: ${head.split('\r\n')[0]}`));
        }
      }
    };
    socket.on('error', fail).on('end', ended).on('readable', read);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  };

  const patch = (Agent, wrap) => {
    const original = Agent.prototype.createConnection;
    Agent.prototype.createConnection = function (options, done) {
      if (typeof options !== 'object' || typeof done !== 'function' || options.socketPath || skips(options.host, options.port)) {
        return original.apply(this, arguments);
      }
      connect(options.host, options.port, (err, socket) => (err ? done(err) : done(null, wrap(socket, options))));
    };
  };
  patch(http.Agent, (socket) => socket);
  patch(https.Agent, (socket, options) => tls.connect({ ...options, socket }));

  const key = Symbol.for('undici.globalDispatcher.1');
  if (typeof Headers === 'function') new Headers(); // loads fetch, which sets its dispatcher
  const current = globalThis[key];
  if (current) {
    globalThis[key] = new current.constructor({
      connect: ({ hostname, protocol, port, servername }, done) => {
        port = port || (protocol === 'https:' ? 443 : 80);
        const ready = (err, socket) => {
          if (err || protocol !== 'https:') return done(err, socket);
          const name = servername || (net.isIP(hostname) ? '' : hostname);
          const secure = tls.connect({ socket, servername: name, host: hostname, ALPNProtocols: ['http/1.1'] });
          secure.once('error', done).once('secureConnect', () => done(null, secure.off('error', done)));
        };
        const host = hostname.replace(/^\[|\]$/g, '');
        if (!skips(host, port)) return connect(host, port, ready);
        const socket = net.connect({ host, port }).once('error', ready);
        socket.once('connect', () => ready(null, socket.off('error', ready)));
      },
    });
  }
}

const hook = JSON.parse(require('fs').readFileSync(require('path').join(__dirname, 'browser.json'), 'utf8'));
if (hook.flags.length || hook.firefox) {
  const { ChildProcess, spawnSync } = require('child_process');
  const names = /^(chrom(e|ium)|google[- ]chrome|headless_shell|msedge|microsoft[- ]edge|brave)/;
  const isBrowser = (file) => {
    const name = String(file).toLowerCase().split(/[\\/]/).pop();
    return names.test(name) && !/driver|crashpad/.test(name);
  };
  const has = (args, pattern) => args.some((a) => pattern.test(a));
  const isFirefox = (file) => /(^|[\\/])firefox[^\\/]*$/i.test(String(file));
  // prepares a profile that a test has just made among the temporary files, and reports whether it did.
  const prepare = (dir) => {
    const fs = require('fs');
    const path = require('path');
    try {
      const inside = path.relative(fs.realpathSync(require('os').tmpdir()), fs.realpathSync(dir));
      if (!inside || inside.startsWith('..') || path.isAbsolute(inside) || fs.existsSync(path.join(dir, 'cert9.db'))) return false;
      const user = path.join(dir, 'user.js');
      const own = fs.existsSync(user) ? fs.readFileSync(user, 'utf8') + '\n' : '';
      if (/"network\.proxy\.(http|ssl|socks|autoconfig_url)"/.test(own)) return false; // a proxy of its own
      fs.writeFileSync(user, hook.firefox.before + own + hook.firefox.after);
    } catch {
      return false; // Firefox says what is wrong with its profile
    }
    if (process.platform !== 'win32') { // where the tool of this name is another one
      const certutil = (...args) => spawnSync('certutil', [...args, '-d', `sql:${dir}`], { stdio: 'ignore' }).status === 0;
      if (certutil('-N', '--empty-password')) certutil('-A', '-n', 'spectap', '-t', 'C,,', '-i', hook.ca);
    }
    return true;
  };
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) { // spawn, exec, execFile and fork come here
    const { file, args } = options;
    const profile = hook.firefox && isFirefox(file) && Array.isArray(args) ? args[args.findIndex((a) => /^--?profile$/.test(a)) + 1] : undefined;
    if (profile && profile !== args[0] && prepare(profile)) {
      options = { ...options, envPairs: [...(options.envPairs || []), ...hook.firefox.environ] };
    }
    if (isBrowser(file) && hook.flags.length && Array.isArray(args) && has(args, /^--(user-data-dir|headless|remote-debugging-)/) &&
        !has(args, /^--(proxy-server|proxy-pac-url|no-proxy-server|type)\b/)) {
      const more = hook.flags;
      const features = '--disable-features='; // the last one counts, so that one has all
      const all = [...more, ...args.slice(1)].filter((a) => String(a).startsWith(features)).map((a) => a.slice(features.length));
      // A browser sends what does not belong to a profile, such as questions for the time, by the proxy of the environment.
      const envPairs = (options.envPairs || []).filter((v) => !/^(https?|all)_proxy=/i.test(v));
      options = { ...options, envPairs, args: [args[0], ...more, ...args.slice(1)].map((a) => (String(a).startsWith(features) ? features + all.join() : a)) };
    }
    return spawn.call(this, options);
  };
}
