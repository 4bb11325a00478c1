import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askAgain, isExchange, lookOfExchange, markOfExchange } from '../../../src/cli/answer/exchange.ts';
import { Trace } from '../../../src/cli/answer/trace.ts';
import { Transport } from '../../../src/engine/transport.ts';
import { fakeEngine, sendJson } from '../../engine/fake-engine.ts';

/** So that a socket which was made just now is ground to stand on. */
const grainNs = -3_600_000_000_000n;
const image = '/images/web/json';

test('what an engine was asked is noted, and asked again it is the same until the engine says something else', async () => {
  let says: unknown = { Id: 'sha256:1' };
  await using engine = await fakeEngine(undefined, { [`GET ${image}`]: (_, response) => sendJson(response, says) });
  using trace = new Trace('/nowhere');
  const transport = new Transport({ kind: 'unix', path: engine.socket });
  await (await transport.request('It', 'GET', image, { query: { a: 'b c' } })).json();
  await transport.close();
  trace[Symbol.dispose]();
  const looks = trace.looks(grainNs) ?? [];
  const at = looks.findIndex(isExchange);
  const [look = '', mark] = looks.slice(at);
  assert.equal(look, lookOfExchange({ socket: engine.socket, path: `${image}?a=b+c` }));
  assert.equal(await askAgain(look), mark);
  says = { Id: 'sha256:2' };
  const other = await askAgain(look);
  assert(other !== undefined && other !== mark);
});

test('an engine that gave two answers to one question is no ground to stand on', async () => {
  let asked = 0;
  await using engine = await fakeEngine(undefined, {
    [`GET ${image}`]: (_, response) => sendJson(response, { asked: (asked += 1) }),
  });
  using trace = new Trace('/nowhere');
  const transport = new Transport({ kind: 'unix', path: engine.socket });
  for (let time = 0; time < 2; time += 1) await (await transport.request('It', 'GET', image)).json();
  await transport.close();
  assert.deepEqual([trace.isUnderstood, trace.looks(grainNs)], [true, undefined]);
});

const unfollowed: Readonly<Record<string, (transport: Transport) => Promise<unknown>>> = {
  'it was told to do something': async (transport) => (await transport.request('It', 'POST', image)).text(),
  'its answer was not read to the end': (transport) => transport.request('It', 'GET', image),
  'it refused': (transport) => transport.request('It', 'GET', '/elsewhere').catch(() => undefined),
};

for (const [name, ask] of Object.entries(unfollowed)) {
  test(`a run is not understood from what an engine was asked when ${name}`, async () => {
    const answers = ['GET', 'POST'].map((method) => [`${method} ${image}`, sendsNothing] as const);
    await using engine = await fakeEngine(undefined, Object.fromEntries(answers));
    using trace = new Trace('/nowhere');
    const transport = new Transport({ kind: 'unix', path: engine.socket });
    await ask(transport);
    await transport.close();
    assert.equal(trace.looks(grainNs), undefined);
  });
}

test('an engine that is gone, breaks off or says too much gives no answer', async () => {
  const big = { text: 'x'.repeat(2 << 20) };
  await using engine = await fakeEngine(undefined, {
    'GET /broken': (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => response.destroy());
    },
    'GET /big': (_, response) => sendJson(response, big),
  });
  for (const path of ['/broken', '/big']) {
    assert.equal(await askAgain(lookOfExchange({ socket: engine.socket, path })), undefined);
  }
  assert.equal(await askAgain(lookOfExchange({ socket: `${engine.folder}/none.sock`, path: '/' })), undefined);
});

test('the status is a part of the answer', () => {
  assert.notEqual(markOfExchange({ status: 200, text: '{}' }).text, markOfExchange({ status: 404, text: '{}' }).text);
});

function sendsNothing(_: unknown, response: Parameters<typeof sendJson>[0]): void {
  sendJson(response, {});
}
