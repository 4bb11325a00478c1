import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttp } from '../../src/http.ts';
import { checkLogin, parseHost } from '../../src/registry/login.ts';
import type { RegistryRules } from '../../src/registry/rules.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve } from '../support/server.ts';
import { tokenServer } from '../support/token-server.ts';

const maya = { username: 'maya', password: 'secret' };

async function check(host: string, password = maya.password, rules: RegistryRules = new Map()): Promise<string> {
  const http = createHttp({ env: {}, sleep: async () => undefined });
  try {
    return await checkLogin(host, { kind: 'password', ...maya, password }, { http, rules });
  } finally {
    await http.close();
  }
}

describe('a login is checked', () => {
  it('with name and password where these are asked for', async () => {
    const right = `Basic ${Buffer.from('maya:secret').toString('base64')}`;
    await using registry = await serve((request, response) => {
      const status = request.headers.authorization === right ? 200 : 401;
      response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    assert.equal(await check(registry.host), 'accepted');
    const error = await rejectsWith(
      check(registry.host, 'wrong'),
      'registry-unauthorized',
      /does not accept this password of maya$/,
    );
    assert.match(error.hint ?? '', /access token/);
    assert.doesNotMatch(JSON.stringify([error.message, error.hint]), /wrong/);
  });

  it('with a token for no repository where a token is asked for', async () => {
    await using tokens = await tokenServer({ users: { maya: 'secret' } });
    await using registry = await serve((request, response) => {
      const known = request.headers.authorization?.startsWith('Bearer ') === true;
      const challenge = `Bearer realm="${tokens.url}",service="${tokens.service}"`;
      response.writeHead(known ? 200 : 401, { 'www-authenticate': challenge }).end();
    });
    assert.equal(await check(registry.host), 'accepted');
    assert.deepEqual(tokens.asked, ['maya']);
    await rejectsWith(check(registry.host, 'wrong'), 'registry-unauthorized', /does not accept this password of maya$/);
  });

  it('in vain where all may come in, which is said', async () => {
    await using registry = await serve((_, response) => void response.writeHead(200).end('{}'));
    assert.equal(await check(registry.host), 'unasked');
  });

  it('and refused where this is no registry', async () => {
    for (const status of [403, 404, 500]) {
      await using other = await serve((_, response) => void response.writeHead(status).end('<html>'));
      await rejectsWith(check(other.host), 'registry-answer', new RegExp(`answered ${status} when asked to log in`));
    }
  });

  it('without being sent to a host that it leads to', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200).end();
    });
    await using registry = await serve((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { location: `${other.url}/v2/` }).end();
    });
    await check(registry.host).catch(() => undefined);
    assert.deepEqual(seen, [undefined]);
  });
});

describe('the host of a login', () => {
  const hosts: readonly (readonly [string, string])[] = [
    ['ghcr.io', 'ghcr.io'],
    ['GHCR.io', 'ghcr.io'],
    ['https://ghcr.io/', 'ghcr.io'],
    ['https://ghcr.io/v2/', 'ghcr.io'],
    ['localhost:5000', 'localhost:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
  ];
  for (const [text, host] of hosts) it(`is ${host} for ${text}`, () => assert.equal(parseHost(text), host));

  for (const text of ['', 'ghcr.io/acme', 'registry', 'a b.io', 'maya@ghcr.io', '-x.io', 'x.io:port']) {
    it(`is not '${text}'`, async () => {
      await rejectsWith((async () => parseHost(text))(), 'usage', /is not a registry's host/);
    });
  }
});
