import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { execFile, execFileSync } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { createHttp, isLoopback, retryAfterMs, type Http, type HttpSettings } from '../src/http.ts';
import { rejectsWith } from './support/rejects.ts';
import { selfSigned } from './support/certificate.ts';
import { serve } from './support/server.ts';

const opened: Http[] = [];
const waits: number[] = [];
after(async () => Promise.all(opened.map(async (http) => http.close())));

function http(settings: HttpSettings = {}): Http {
  waits.length = 0;
  const made = createHttp({
    env: {},
    sleep: async (durationMs) => {
      waits.push(durationMs);
    },
    ...settings,
  });
  opened.push(made);
  return made;
}

describe('a request', () => {
  it('gives status, headers and body, whatever the status', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(404, { 'X-Thing': ['a', 'b'] }).end('gone');
    });
    const response = await http().request(`${server.url}/path?q=1`);
    assert.equal(response.status, 404);
    assert.equal(response.headers['x-thing'], 'a, b');
    assert.equal(await response.text(), 'gone');
    assert.deepEqual(server.requests, ['GET /path?q=1']);
  });

  it('sends bytes, text and streams', async () => {
    await using server = await serve((request, response) => void request.pipe(response));
    const client = http();
    for (const body of ['text', Buffer.from('text'), Readable.from(['te', 'xt']), () => Readable.from(['text'])]) {
      const response = await client.request(server.url, { method: 'PUT', body });
      assert.equal(await response.text(), 'text');
    }
  });

  it('refuses a text that is longer than its limit', async () => {
    await using server = await serve((_, response) => void response.end('x'.repeat(1000)));
    const response = await http().request(server.url);
    await rejectsWith(response.text(999), 'network', /more than 999 bytes/);
  });

  it('goes through a Unix socket when told', async () => {
    const folder = await mkdtemp(`${tmpdir()}/http-`);
    const socketPath = `${folder}/s`;
    const server = createServer((request, response) => void response.end(request.headers.host)).listen(socketPath);
    try {
      const response = await http({ socketPath }).request('http://engine/_ping');
      assert.equal(await response.text(), 'engine');
      await rejectsWith(
        http({ socketPath: `${folder}/none` }).request('http://engine/'),
        'network',
        /socket is not there/,
      );
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });

  it('is interrupted by its signal', async () => {
    await using server = await serve(() => undefined);
    const controller = new AbortController();
    const request = http().request(server.url, { signal: controller.signal });
    controller.abort();
    await rejectsWith(request, 'interrupted');
  });
});

describe('retries', () => {
  const flaky = (statuses: number[], headers: Record<string, string> = {}) =>
    serve((_, response) => {
      const status = statuses.shift() ?? 200;
      response.writeHead(status, headers).end(String(status));
    });

  it('wait longer each time', async () => {
    await using server = await flaky([500, 502, 503]);
    const response = await http().request(server.url);
    assert.equal(response.status, 200);
    assert.deepEqual(waits, [200, 400, 800]);
  });

  it('wait as long as Retry-After says', async () => {
    await using server = await flaky([429], { 'retry-after': '7' });
    assert.equal((await http().request(server.url)).status, 200);
    assert.deepEqual(waits, [7000]);
  });

  it('give the answer back when the wait would be too long, and after the last try', async () => {
    await using slow = await flaky([429], { 'retry-after': '3600' });
    assert.equal((await http().request(slow.url)).status, 429);
    assert.deepEqual(waits, []);
    await using broken = await flaky([500, 500, 500, 500, 500]);
    assert.equal((await http().request(broken.url)).status, 500);
    assert.equal(broken.requests.length, 4);
  });

  it('are not made for other methods, unless asked for', async () => {
    await using server = await flaky([500, 500]);
    assert.equal((await http().request(server.url, { method: 'PUT', body: 'x' })).status, 500);
    assert.equal((await http().request(server.url, { method: 'PUT', body: 'x', retry: true })).status, 200);
    assert.equal(server.requests.length, 3);
  });

  it('are not made for a stream, which is gone after the first try', async () => {
    await using server = await flaky([500]);
    const body = Readable.from(['x']);
    assert.equal((await http().request(server.url, { method: 'PUT', body, retry: true })).status, 500);
  });

  it('are made after a broken connection', async () => {
    let count = 0;
    await using server = await serve((request, response) => {
      count += 1;
      if (count < 3) request.socket.destroy();
      else response.end('there');
    });
    assert.equal(await (await http().request(server.url)).text(), 'there');
    assert.deepEqual(waits, [200, 400]);
  });

  it('end with what happened, in plain words, without the query', async () => {
    await using server = await serve((request) => void request.socket.destroy());
    const error = await rejectsWith(
      http().request(`${server.url}/a?token=secret`),
      'network',
      /broke the connection off/,
    );
    assert.match(error.message, new RegExp(server.host));
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(server.requests.length, 4);
  });

  it('read both forms of Retry-After', () => {
    const now = Date.UTC(2026, 0, 1);
    assert.equal(retryAfterMs('5', now), 5000);
    assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:09 GMT', now), 9000);
    assert.equal(retryAfterMs('Thu, 01 Jan 2020 00:00:09 GMT', now), 0);
    assert.equal(retryAfterMs('soon', now), undefined);
    assert.equal(retryAfterMs(undefined, now), undefined);
  });
});

describe('time', () => {
  it('a host that takes the request and never answers is given up', async () => {
    await using server = await serve(() => undefined);
    const client = http({ headersTimeoutMs: 50, attempts: 1 });
    await rejectsWith(client.request(server.url), 'network', /did not answer in time/);
  });

  it('a body that stands still is given up', async () => {
    await using server = await serve((_, response) => void response.writeHead(200, { 'content-length': 9 }).write('x'));
    const response = await http({ stallTimeoutMs: 50 }).request(server.url);
    await rejectsWith(response.text(), 'network', /stopped in the middle/);
  });

  it('a body that drips is given up', async () => {
    await using server = await serve((_, response) => {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const response = await http({ stallTimeoutMs: 100 }).request(server.url);
    await rejectsWith(response.text(), 'network', /stopped in the middle|too slowly/);
  });

  it('a truncated body fails instead of ending', async () => {
    await using server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => request.socket.destroy());
    });
    const response = await http().request(server.url);
    await rejectsWith(response.text(), 'network', /broke the connection off/);
  });
});

describe('redirects', () => {
  it('keep credentials at their origin', async () => {
    const seen: unknown[] = [];
    await using other = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers.cookie, request.headers.accept);
      response.end('other');
    });
    await using server = await serve((request, response) => {
      const location = request.url === '/' ? '/here' : `http://user:pass@${other.host}/there`;
      if (request.url === '/here') seen.push(request.headers.authorization);
      response.writeHead(307, { location }).end();
    });
    const headers = { authorization: 'Bearer secret', cookie: 'a=b', accept: 'text/plain' };
    const response = await http().request(`${server.url}/`, { headers });
    assert.equal(await response.text(), 'other');
    assert.equal(response.url, `${other.url}/there`);
    assert.deepEqual(seen, ['Bearer secret', undefined, undefined, 'text/plain']);
  });

  it('are followed ten times and no more', async () => {
    await using server = await serve((_, response) => void response.writeHead(302, { location: '/' }).end());
    await rejectsWith(http().request(server.url), 'network', /in a circle/);
    assert.equal(server.requests.length, 11);
  });

  it('are left to the caller when asked', async () => {
    await using server = await serve((_, response) => void response.writeHead(302, { location: '/x' }).end());
    const response = await http().request(server.url, { redirect: 'manual' });
    assert.equal(response.headers['location'], '/x');
  });

  it('repeat a body after 307, drop it after 303, and refuse to repeat a stream', async () => {
    await using server = await serve((request, response) => {
      const status = Number(request.url?.slice(1));
      if (status > 0) response.writeHead(status, { location: '/' }).end();
      else void request.pipe(response.setHeader('x-method', request.method ?? ''));
    });
    const client = http();
    const repeated = await client.request(`${server.url}/307`, { method: 'PUT', body: 'x' });
    assert.deepEqual([repeated.headers['x-method'], await repeated.text()], ['PUT', 'x']);
    const dropped = await client.request(`${server.url}/303`, { method: 'POST', body: 'x' });
    assert.deepEqual([dropped.headers['x-method'], await dropped.text()], ['GET', '']);
    const stream = client.request(`${server.url}/307`, { method: 'PUT', body: Readable.from(['x']) });
    await rejectsWith(stream, 'network', /redirects an upload/);
  });

  it('to something else than HTTP are refused', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    });
    await rejectsWith(http().request(server.url), 'network', /no HTTP address/);
  });

  it('from HTTPS to plain HTTP are refused for other machines', async () => {
    const { key, cert, folder } = await selfSigned();
    await using server = await serve(
      (_, response) => {
        response.writeHead(302, { location: 'http://registry.example/x' }).end();
      },
      { key, cert },
    );
    const client = http({ hosts: new Map([[server.host, { insecure: true }]]) });
    await rejectsWith(client.request(server.url), 'network', /from HTTPS to plain HTTP at registry.example/);
    await rm(folder, { recursive: true });
  });
});

describe('trust', () => {
  it('an unknown authority is refused with what to do, and taken when its file is named', async () => {
    const { key, cert, folder } = await selfSigned();
    await using server = await serve((_, response) => void response.end('secure'), { key, cert });
    const ca = `${folder}/cert.pem`;
    const error = await rejectsWith(http().request(server.url), 'tls', /cannot be trusted: its certificate/);
    assert.match(error.hint ?? '', /`ca`.*SSL_CERT_FILE/);
    const waysIn: HttpSettings[] = [
      { hosts: new Map([[server.host, { ca }]]) },
      { hosts: new Map([['127.0.0.1', { ca }]]) },
      { hosts: new Map([[server.host, { insecure: true }]]) },
      { env: { SSL_CERT_FILE: ca } },
    ];
    for (const settings of waysIn) assert.equal(await (await http(settings).request(server.url)).text(), 'secure');
    await rejectsWith(http({ hosts: new Map([['other', { insecure: true }]]) }).request(server.url), 'tls');
    await rm(folder, { recursive: true });
  });

  it('NODE_EXTRA_CA_CERTS is honoured', async () => {
    const { key, cert, folder } = await selfSigned();
    await using server = await serve((_, response) => void response.end('secure'), { key, cert });
    const program = `
      import { createHttp } from '${new URL('../src/http.ts', import.meta.url).href}';
      const http = createHttp();
      console.log(await (await http.request('${server.url}')).text());
      await http.close();`;
    const stdout = await new Promise<string>((resolve, reject) => {
      const env = { ...process.env, NO_PROXY: '*', NODE_EXTRA_CA_CERTS: `${folder}/cert.pem` };
      execFile(process.execPath, ['--input-type=module', '-e', program], { env }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
    assert.equal(stdout.trim(), 'secure');
    await rm(folder, { recursive: true });
  });

  it('a certificate for another name is refused', async () => {
    const { key, cert, folder } = await selfSigned('registry.example');
    await using server = await serve((_, response) => void response.end(), { key, cert });
    const client = http({ hosts: new Map([[server.host, { ca: `${folder}/cert.pem` }]]) });
    await rejectsWith(client.request(server.url), 'tls', /made out to another name/);
    await rm(folder, { recursive: true });
  });

  it('a host that does not speak TLS is named so', async () => {
    await using server = await serve((_, response) => void response.end());
    await rejectsWith(http().request(server.url.replace('http:', 'https:')), 'tls', /does not speak TLS/);
  });

  it('a CA file that cannot be read is named', async () => {
    const client = http({ hosts: new Map([['127.0.0.1', { ca: '/nowhere/ca.pem' }]]) });
    await rejectsWith(client.request('https://127.0.0.1:1/'), 'tls', /\/nowhere\/ca.pem cannot be read/);
  });
});

describe('proxies', () => {
  it('are asked for plain HTTP and tunnelled through for HTTPS', async () => {
    const asked: string[] = [];
    const { key, cert, folder } = await selfSigned('registry.example');
    await using secure = await serve((_, response) => void response.end('through the tunnel'), { key, cert });
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      response.end('from the proxy');
    }).on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      const upstream = connect(Number(new URL(secure.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => undefined);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    assert(typeof address === 'object' && address !== null);
    const proxyUrl = `127.0.0.1:${address.port}`;
    try {
      const env = { HTTP_PROXY: proxyUrl, https_proxy: `http://u:p@${proxyUrl}`, NO_PROXY: 'direct.invalid' };
      const client = http({ env, hosts: new Map([['registry.example', { ca: `${folder}/cert.pem` }]]), attempts: 1 });
      assert.equal(await (await client.request('http://registry.example/a')).text(), 'from the proxy');
      assert.equal(await (await client.request('https://registry.example/b')).text(), 'through the tunnel');
      await rejectsWith(client.request('http://direct.invalid/'), 'network', /direct.invalid/);
      await using near = await serve((_, response) => void response.end('past the proxy'));
      assert.equal(await (await client.request(near.url)).text(), 'past the proxy');
      assert.deepEqual(asked, ['GET http://registry.example/a ', 'CONNECT registry.example:443']);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
      await rm(folder, { recursive: true });
    }
  });

  it('that are no URL are named', async () => {
    await rejectsWith(
      http({ env: { HTTPS_PROXY: 'http://[' } }).request('https://a.invalid/'),
      'network',
      /HTTPS_PROXY/,
    );
  });
});

it('isLoopback means this machine only', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) assert.equal(isLoopback(host), true, host);
  for (const host of ['127.0.0.1.evil.example', '10.0.0.1', 'localhost.example', '128.0.0.1']) {
    assert.equal(isLoopback(host), false, host);
  }
});

it('undici is not loaded before the first request, and then only what is used of it', () => {
  const program = `
    import { createRequire } from 'node:module';
    import { createHttp } from '${new URL('../src/http.ts', import.meta.url).href}';
    const { cache } = createRequire(import.meta.url);
    const loaded = (part) => String(Object.keys(cache).some((name) => name.includes(part)));
    const http = createHttp({ attempts: 1 });
    console.log(loaded('undici'));
    await http.request('http://127.0.0.1:1/').catch(() => undefined);
    console.log(loaded('undici'), loaded('undici/lib/web'), loaded('undici/lib/mock'));`;
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(stdout, 'false\ntrue false false\n');
});
