import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { connectEngine } from '../../src/engine/connect.ts';
import { type Engine, type EngineAbsence, isEngine } from '../../src/engine/engine.ts';
import { selfSigned } from '../support/certificate.ts';
import { partsMissing } from '../support/real-parts.ts';
import { dockerVersion } from './fake-engine.ts';

interface TlsEngine extends AsyncDisposable {
  /** `tcp://127.0.0.1:PORT`. */
  readonly host: string;
  /** Holds ca.pem, cert.pem and key.pem. */
  readonly folder: string;
}

/** An engine behind TLS that lets only those in who have its certificate. */
async function tlsEngine(): Promise<TlsEngine> {
  const { key, cert, folder } = await selfSigned();
  fs.copyFileSync(path.join(folder, 'cert.pem'), path.join(folder, 'ca.pem'));
  const trust = { key, cert, ca: [cert], requestCert: true, rejectUnauthorized: false };
  const server = createServer(trust, ({ socket }, response) => {
    const isKnown = (socket as TLSSocket).authorized;
    response.writeHead(isKnown ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? dockerVersion : { message: 'a certificate is required' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      fs.rmSync(folder, { recursive: true });
    },
  };
}

async function connect(env: Record<string, string>): Promise<Engine | EngineAbsence> {
  const found = await connectEngine({ env, home: '/nowhere' });
  if (isEngine(found)) await found.close();
  return found;
}

function why(found: Engine | EngineAbsence): string {
  assert(!isEngine(found), 'an engine was found');
  return found.why;
}

const skip = partsMissing('openssl');

test('an engine behind TLS is proved by its authority, and is shown our certificate', { skip }, async () => {
  await using engine = await tlsEngine();
  const { host, folder } = engine;
  const proved = { DOCKER_HOST: host, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' };
  assert(isEngine(await connect(proved)));
  assert(isEngine(await connect({ DOCKER_HOST: host, DOCKER_CONFIG: folder, DOCKER_TLS_VERIFY: '1' })));
});

test('an engine that cannot be proved is not spoken to, unless nobody asks for proof', { skip }, async () => {
  await using engine = await tlsEngine();
  await using other = await tlsEngine();
  const { host } = engine;
  fs.copyFileSync(path.join(other.folder, 'ca.pem'), path.join(engine.folder, 'ca.pem'));
  const env = { DOCKER_HOST: host, DOCKER_CERT_PATH: engine.folder };
  assert.match(why(await connect({ ...env, DOCKER_TLS_VERIFY: '1' })), /cannot be trusted|certificate/);
  assert(isEngine(await connect(env)), 'DOCKER_TLS_VERIFY is not set');
});

test('an engine that wants a certificate and is shown none says so', { skip }, async () => {
  await using engine = await tlsEngine();
  const { host, folder } = engine;
  for (const name of ['cert.pem', 'key.pem']) fs.rmSync(path.join(folder, name));
  const refused = why(await connect({ DOCKER_HOST: host, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1' }));
  assert.equal(refused, 'The engine says: a certificate is required (DOCKER_HOST leads there)');
});

test('a context brings its own certificates', { skip }, async () => {
  await using engine = await tlsEngine();
  const { host, folder } = engine;
  const id = createHash('sha256').update('far').digest('hex');
  const files = {
    [`contexts/meta/${id}/meta.json`]: JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: host } } }),
    ...Object.fromEntries(
      ['ca.pem', 'cert.pem', 'key.pem'].map((name) => [
        `contexts/tls/${id}/docker/${name}`,
        fs.readFileSync(path.join(folder, name), 'utf8'),
      ]),
    ),
  };
  const config = path.join(folder, 'config');
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(config, name)), { recursive: true });
    fs.writeFileSync(path.join(config, name), text);
  }
  assert(isEngine(await connect({ DOCKER_CONFIG: config, DOCKER_CONTEXT: 'far' })));
});
