// A client that knows the URL of the gateway and nothing else: the TypeScript SDK finds the issuer,
// registers itself, and signs in, also for the scopes that a call lacks. With CLIENT_ID, a person has registered it.
// usage: client.mjs URL USER (TOOL ARGUMENTS | refresh)...
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { signIn } from './signin.mjs';

const [url, user, ...calls] = process.argv.slice(2);
const back = 'http://127.0.0.1:1/callback'; // nobody listens: the redirect is read, not followed
const kept = { client: process.env.CLIENT_ID && { client_id: process.env.CLIENT_ID } };
const provider = {
  redirectUrl: back,
  clientMetadata: { client_name: 'test', redirect_uris: [back], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' },
  clientInformation: () => kept.client,
  saveClientInformation: (c) => { kept.client = c; },
  tokens: () => kept.tokens,
  saveTokens: (t) => { kept.tokens = t; },
  saveCodeVerifier: (v) => { kept.verifier = v; },
  codeVerifier: () => kept.verifier,
  redirectToAuthorization: (at) => { kept.at = at; },
};
async function connect() {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  try {
    await client.connect(transport);
    return client;
  } catch (e) {
    if (!(e instanceof UnauthorizedError) || kept.tokens) throw e;
  }
  return sign(transport);
}
async function sign(transport) {
  console.log('sign in at', kept.at.origin, 'for', kept.at.searchParams.get('resource'), 'with', kept.at.searchParams.get('scope'),
    kept.at.searchParams.get('code_challenge_method'));
  const to = await signIn(kept.at, user, back);
  await transport.finishAuth(to.searchParams.get('code'));
  await transport.close(); // the streams of its session
  return connect();
}
let client = await connect();
let again = 0;
console.log('tools', (await client.listTools()).tools.map((t) => t.name).join(' '));
for (let i = 0; i < calls.length; i += 2) {
  if (calls[i] === 'refresh') { // the token is no longer good: the SDK gets another one, and goes on with its session
    const old = kept.tokens.access_token;
    kept.tokens = { ...kept.tokens, access_token: 'expired' };
    await client.listTools();
    if (kept.tokens.access_token === old || kept.tokens.access_token === 'expired') throw new Error('no new token');
    console.log('refreshed');
    i--; // it has no arguments
    continue;
  }
  try {
    const r = await client.callTool({ name: calls[i], arguments: JSON.parse(calls[i + 1]) });
    console.log(calls[i], r.content.map((c) => c.text).join(' ').replace(/\s+/g, ' '));
  } catch (e) {
    if (e instanceof UnauthorizedError && ++again === 1) { // the call lacks a scope: the person signs in for it, and the call is made again
      client = await sign(client.transport);
      i -= 2;
      continue;
    }
    console.log(calls[i], 'failed:', e.message);
  }
}
await client.close();
