// Signs in at the issuer as a browser would: follows redirects with cookies, and fills the forms for
// login and consent. Returns the redirect to the client.
export async function signIn(start, user, back) {
  const jar = new Map();
  let url = new URL(start);
  let body;
  for (let n = 0; n < 20; n++) {
    const r = await fetch(url, {
      method: body ? 'POST' : 'GET', body, redirect: 'manual',
      headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') },
    });
    for (const c of r.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(c);
      value ? jar.set(name, value) : jar.delete(name);
    }
    body = undefined;
    if (r.status >= 300 && r.status < 400) {
      url = new URL(r.headers.get('location'), url);
      if (url.href.startsWith(back)) return url;
      continue;
    }
    const page = await r.text();
    const form = /<form[^>]*action="([^"]+)"/.exec(page);
    if (!form) throw new Error(`the issuer answers ${r.status}: ${page.slice(0, 500)}`);
    url = new URL(form[1], url);
    body = new URLSearchParams({ prompt: /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '', login: user, password: 'x' });
  }
  throw new Error('the sign-in does not end');
}
