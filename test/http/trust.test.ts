import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createHttp } from '../../src/http.ts';
import { certificateFolders, certificatesFor } from '../../src/http/trust.ts';
import { selfSigned } from '../support/certificate.ts';
import { temporaryFolder } from '../support/daemon.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve, type TestServer } from '../support/server.ts';

interface Secured extends AsyncDisposable {
  readonly server: TestServer;
  /** The folder that is named after the server's host. */
  readonly folder: string;
  readonly put: (name: string, from: 'server.pem' | 'client.pem' | 'client-key.pem') => void;
  readonly ask: (env?: Record<string, string>) => Promise<string>;
}

/** A server with an authority of its own, which may want client certificates; answers who the client is. */
async function secured({ wantsClient }: { wantsClient: boolean }): Promise<Secured> {
  const own = await selfSigned();
  const client = await selfSigned('maya');
  const tls = { key: own.key, cert: own.cert, requestCert: wantsClient, rejectUnauthorized: true, ca: client.cert };
  const server = await serve(({ socket }, response) => {
    const subject = 'getPeerCertificate' in socket ? (socket.getPeerCertificate as () => object)() : {};
    response.end(JSON.stringify('subject' in subject ? subject.subject : 'nobody'));
  }, tls);
  const root = temporaryFolder('certificates');
  const folder = path.join(root, 'near', server.host);
  const files = {
    'server.pem': `${own.folder}/cert.pem`,
    'client.pem': `${client.folder}/cert.pem`,
    'client-key.pem': `${client.folder}/key.pem`,
  };
  return {
    server,
    folder,
    put: (name, from) => cpSync(files[from], path.join(folder, name)),
    ask: async (env = {}) => {
      const http = createHttp({ env, certificates: [path.join(root, 'near'), path.join(root, 'far')], attempts: 1 });
      try {
        return await (await http.request(server.url)).text();
      } finally {
        await http.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      for (const one of [own.folder, client.folder, root]) rmSync(one, { recursive: true });
    },
  };
}

describe('a folder of certificates', () => {
  it('has the authorities of its host, in *.crt alone', async () => {
    await using place = await secured({ wantsClient: false });
    place.put('ca.pem', 'server.pem');
    await rejectsWith(place.ask(), 'tls', /cannot be trusted/);
    place.put('any-name.crt', 'server.pem');
    assert.equal(await place.ask(), '"nobody"');
  });

  it('has the client certificate that its host wants', async () => {
    await using place = await secured({ wantsClient: true });
    place.put('ca.crt', 'server.pem');
    await assert.rejects(place.ask());
    place.put('client.cert', 'client.pem');
    place.put('client.key', 'client-key.pem');
    assert.equal(await place.ask(), '{"CN":"maya"}');
  });

  it('of another host or port is not looked into', async () => {
    await using place = await secured({ wantsClient: false });
    const [host = '', port] = place.server.host.split(':');
    for (const other of [host, `${host}:${Number(port) + 1}`, `other:${port}`]) {
      const folder = path.join(path.dirname(place.folder), other);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'client.cert'), 'not a certificate');
    }
    await rejectsWith(place.ask(), 'tls', /cannot be trusted/);
  });

  it('with half of a pair is refused, whichever half it is', async () => {
    for (const [name, from, missing] of [
      ['maya.cert', 'client.pem', 'maya.key'],
      ['maya.key', 'client-key.pem', 'maya.cert'],
    ] as const) {
      await using place = await secured({ wantsClient: false });
      place.put(name, from);
      await rejectsWith(place.ask(), 'tls', new RegExp(`${name} has no ${missing} beside it`));
    }
  });

  it('with files that are no certificates is refused with its name', async () => {
    await using place = await secured({ wantsClient: false });
    place.put('client.cert', 'client-key.pem');
    place.put('client.key', 'client.pem');
    const error = await rejectsWith(place.ask(), 'tls', /cannot be used/);
    assert(error.hint?.includes(place.folder));
  });
});

describe('the folder for a host', () => {
  it('is the first that there is', () => {
    const root = temporaryFolder('certificates');
    const roots = ['a', 'b', 'c'].map((name) => path.join(root, name));
    for (const one of ['b/x.io:5000', 'c/x.io:5000', 'c/x.io', 'a/y.io:443', 'b/[::1]:5000'])
      mkdirSync(path.join(root, one), { recursive: true });
    writeFileSync(path.join(root, 'a/x.io:5000'), '');
    const found = (url: string): string => path.relative(root, certificatesFor(new URL(url), roots) || root);
    assert.equal(found('https://x.io:5000/v2/'), 'b/x.io:5000');
    assert.equal(found('https://x.io/v2/'), 'c/x.io');
    assert.equal(found('https://y.io/v2/'), 'a/y.io:443');
    assert.equal(found('https://y.io:5000/v2/'), '');
    assert.equal(found('https://[::1]:5000/'), 'b/[::1]:5000');
    rmSync(root, { recursive: true });
  });

  it("stands in Podman's and Docker's places, the user's before the machine's", () => {
    assert.deepEqual(certificateFolders({ env: {}, home: '/home/maya' }), [
      '/home/maya/.config/containers/certs.d',
      '/home/maya/.config/docker/certs.d',
      '/home/maya/.docker/certs.d',
      '/etc/containers/certs.d',
      '/etc/docker/certs.d',
    ]);
    const env = { XDG_CONFIG_HOME: '/xdg', DOCKER_CONFIG: '/docker' };
    assert.deepEqual(certificateFolders({ env, home: '/home/maya' }, '/sys'), [
      '/xdg/containers/certs.d',
      '/xdg/docker/certs.d',
      '/docker/certs.d',
      '/sys/containers/certs.d',
      '/sys/docker/certs.d',
    ]);
  });
});
