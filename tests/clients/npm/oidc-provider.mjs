// A real OpenID provider for the tests: node oidc-provider.mjs REDIRECT_URI... Prints its address once it
// listens. Whoever names somebody at its login page is that somebody.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

function jwk(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: alg };
}

const client = {
  client_secret: 'a secret: with %, & + and = signs',
  redirect_uris: process.argv.slice(2),
  grant_types: ['authorization_code'],
  response_types: ['code'],
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'rsa', id_token_signed_response_alg: 'RS256', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'ec', id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'public', client_secret: undefined, token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, 'RS256'), jwk('ec', { namedCurve: 'P-256' }, 'ES256')] },
    pkce: { required: () => true, methods: ['S256'] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
    scopes: ['openid', 'email', 'profile'],
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        preferred_username: sub,
        email: `${sub}@${sub.startsWith('stranger') ? 'elsewhere' : 'example'}.org`,
        email_verified: !sub.startsWith('unverified'),
      }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
