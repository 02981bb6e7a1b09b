// An OAuth issuer for the tests: oidc-provider, with dynamic registration, PKCE, and access tokens
// that are JWTs for the resource that a client asks for. usage: issuer.mjs CLIENT_SECRET
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const key = (kid, alg, ...kind) => ({ ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'gateway', client_secret: process.argv[2], grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'files',
    }, {
      client_id: 'sdk', token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], redirect_uris: ['http://127.0.0.1:1/callback'],
      application_type: 'native',
    }],
    cookies: { keys: ['of the test'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'files info', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    jwks: { keys: [key('access', 'ES256', 'ec', { namedCurve: 'P-256' }), key('id', 'RS256', 'rsa', { modulusLength: 2048 })] },
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'files', 'info'],
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
