import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createHttp } from '../../src/http.ts';
import { isInNetwork } from '../../src/http/past-proxy.ts';
import { selfSigned } from '../support/certificate.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve } from '../support/server.ts';

test('a proxy that is spoken to over TLS is trusted by SSL_CERT_FILE, and gets no certificate of a host', async () => {
  const own = await selfSigned();
  const target = await selfSigned('registry.example');
  await using server = await serve((_, response) => void response.end('through'), target);
  const asked: string[] = [];
  const proxy = createServer({ key: own.key, cert: own.cert }).on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const upstream = connect(Number(server.host.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const one of [upstream, socket]) one.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  assert(typeof address === 'object' && address !== null);
  const HTTPS_PROXY = `https://127.0.0.1:${address.port}`;
  const hosts = new Map([['registry.example', { ca: `${target.folder}/cert.pem` }]]);
  const trusting = createHttp({ env: { HTTPS_PROXY, SSL_CERT_FILE: `${own.folder}/cert.pem` }, hosts, attempts: 1 });
  const other = createHttp({ env: { HTTPS_PROXY }, hosts, attempts: 1 });
  try {
    assert.equal(await (await trusting.request('https://registry.example/a')).text(), 'through');
    assert.deepEqual(asked, ['CONNECT registry.example:443']);
    await rejectsWith(other.request('https://registry.example/a'), 'tls');
  } finally {
    await Promise.all([trusting.close(), other.close()]);
    proxy.closeAllConnections();
    proxy.close();
    for (const { folder } of [own, target]) rmSync(folder, { recursive: true });
  }
});

test('NO_PROXY may name networks', async () => {
  await using proxy = await serve((_, response) => void response.end('from the proxy'));
  const env = { HTTP_PROXY: proxy.url, NO_PROXY: 'example.com,192.0.2.0/24 ,fd00::/8' };
  const hasty = createHttp({ env, attempts: 1, connectTimeoutMs: 100 });
  const http = createHttp({ env, attempts: 1 });
  try {
    await rejectsWith(hasty.request('http://192.0.2.7:1/'), 'network', /^192\.0\.2\.7:1 /);
    assert.deepEqual(proxy.requests, []);
    assert.equal(await (await http.request('http://198.51.100.7/')).text(), 'from the proxy');
  } finally {
    await Promise.all([hasty.close(), http.close()]);
  }
});

test('only addresses are in networks, and odd entries are none', () => {
  const networks = '10.0.0.0/8, fd00::/8,not/8,10.0.0.0/99,192.168.0.0/,/8,1.2.3.4';
  for (const host of ['10.1.2.3', '[fd00::1]']) assert.equal(isInNetwork(host, networks), true, host);
  for (const host of ['11.0.0.1', '192.168.0.1', '1.2.3.4', '10.example', '[fe80::1]', ''])
    assert.equal(isInNetwork(host, networks), false, host);
});

test('what is said of a domain holds for the hosts below it', async () => {
  const { key, cert, folder } = await selfSigned();
  await using server = await serve((_, response) => void response.end('secure'), { key, cert });
  const hosts = new Map([
    ['*.0.0.1', { insecure: true }],
    ['*.1', {}],
  ]);
  const insecure = createHttp({ env: {}, hosts, attempts: 1 });
  const others = createHttp({ env: {}, hosts: new Map([['*.0.0.2', { insecure: true }]]), attempts: 1 });
  try {
    assert.equal(await (await insecure.request(server.url)).text(), 'secure');
    await rejectsWith(others.request(server.url), 'tls');
  } finally {
    await Promise.all([insecure.close(), others.close()]);
    rmSync(folder, { recursive: true });
  }
});
