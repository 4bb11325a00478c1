import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PycontainerError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { digestOf, type LayerKey, parseDiffId } from '../../src/oci/digest.ts';
import type { BuildContext } from '../../src/build/context.ts';
import { type BuiltTarget, deliverTargets } from '../../src/build/deliver.ts';
import type { KeptLayer } from '../../src/cache/kept-layer.ts';
import type { Output } from '../../src/output/output.ts';
import { draw } from '../../src/plan/draw.ts';
import { judge } from '../../src/plan/judge.ts';
import { getRecord } from '../../src/plan/record.ts';
import { inputsOf, type PlatformSpec } from '../plan/specs.ts';
import { temporaryStore } from '../store/folder.ts';
import { rejectsWith } from '../support/rejects.ts';

const platform: PlatformSpec = {
  architecture: 'amd64',
  base: 'one',
  python: { path: '/usr/bin/python3.12', version: '3.12.6' },
  machine: 'x86_64',
  libraries: [],
  libc: '2.36',
  prefix: '/opt/venv',
  layout: 'venv',
  packages: [],
  files: {},
  compression: { type: 'gzip' },
  mtimeSeconds: 0,
  label: '',
  folder: '/',
};

function layerOf(key: LayerKey): KeptLayer {
  const digest = digestOf(key);
  return { digest, diffId: parseDiffId(digest), sizeBytes: 7, uncompressedSizeBytes: 9, mediaType: 'layer' };
}

/** What outputs do: so many turns, or one that fails, or share a place. */
interface Sketch {
  readonly fails?: 'output-unusable';
  readonly place?: string;
  readonly turns?: number;
}

interface Log {
  /** `+name`, `-name`. */
  readonly order: string[];
  most: number;
}

function outputOf(name: string, { fails, place, turns = 3 }: Sketch, log: Log): Output {
  return {
    name,
    isRemote: false,
    lacks: () => Promise.resolve('all'),
    ...(place === undefined ? {} : { place }),
    deliver: async (_image, { onProgress } = {}) => {
      log.order.push(`+${name}`);
      log.most = Math.max(log.most, log.order.filter((one) => one.startsWith('+')).length * 2 - log.order.length);
      for (let done = 1; done <= turns; done += 1) {
        await turn();
        onProgress?.(done, turns);
      }
      log.order.push(`-${name}`);
      if (fails !== undefined) throw new PycontainerError(fails, `${name} is full`, { hint: 'Empty it.' });
      return { sentBytes: turns, sentBlobs: 1, skippedBlobs: 0 };
    },
  };
}

interface Ran {
  readonly log: Log;
  readonly events: readonly Event[];
  readonly built: Promise<readonly BuiltTarget[]>;
  /** Targets that are written down as built. */
  readonly recorded: () => Promise<readonly string[]>;
}

/** Delivers targets whose layers are all there. */
function run(
  targets: Readonly<Record<string, readonly Sketch[]>>,
  store: Awaited<ReturnType<typeof temporaryStore>>['store'],
  { signal, onMade }: Pick<BuildContext, 'signal' | 'onMade'> = {},
): Ran {
  const names = Object.keys(targets);
  const specs = names.map((name) => ({ name, platforms: [platform], layering: { strategy: 'package' } as const }));
  const drawing = draw(inputsOf({ targets: specs }));
  const made = new Map([...drawing.layers.keys()].map((key) => [key, layerOf(key)]));
  const log: Log = { order: [], most: 0 };
  const plan = judge(drawing, { layers: made, records: new Map() });
  const delivered = plan.targets.map((one) => ({
    ...one,
    outputs: (targets[one.target.name] ?? []).map((sketch, index) => ({
      id: `output:${one.target.name}:${index}`,
      output: outputOf(`${one.target.name}${index}`, sketch, log),
      asked: true,
      state: 'stale' as const,
      reasons: [],
    })),
  }));
  const events: Event[] = [];
  const built = deliverTargets({ ...plan, targets: delivered }, made, {
    root: '/project',
    store,
    emit: (event) => void events.push(event),
    finderOf: () => undefined,
    registry: {} as never,
    ...(signal === undefined ? {} : { signal }),
    ...(onMade === undefined ? {} : { onMade }),
  });
  const recorded = async (): Promise<readonly string[]> => {
    const records = await Promise.all(
      names.map((target) => getRecord(store, { root: '/project', target, platform: 'linux/amd64' })),
    );
    return names.filter((_, index) => records[index] !== undefined);
  };
  return { log, events, built, recorded };
}

const some = (count: number, sketch: Sketch = {}): readonly Sketch[] => Array.from({ length: count }, () => sketch);

test('images go to several outputs at once, and to no more than four', async () => {
  await using folder = await temporaryStore();
  const { log, built } = run({ api: some(3), web: some(3), worker: some(3) }, folder.store);
  await built;
  assert.equal(log.most, 4);
  assert.equal(log.order.length, 18);
});

test('the events of each output are in order, whatever happens beside it', async () => {
  await using folder = await temporaryStore();
  const { events, built } = run({ api: [{ turns: 5 }, { turns: 1 }], web: [{ turns: 3 }] }, folder.store);
  await built;
  for (const [node, turns, name] of [
    ['output:api:0', 5, 'api0'],
    ['output:api:1', 1, 'api1'],
    ['output:web:0', 3, 'web0'],
  ] as const) {
    const types = events.flatMap((event) => {
      if (event.type === 'delivered') return event.output === name ? [event.type] : [];
      return 'node' in event && event.node === node ? [event.type] : [];
    });
    const progress = Array.from({ length: turns }, () => 'node-progress');
    assert.deepEqual(types, ['node-started', ...progress, 'node-finished', 'delivered']);
  }
});

test('targets and their deliveries come back in the order of the plan', async () => {
  await using folder = await temporaryStore();
  const { built, recorded } = run({ api: [{ turns: 9 }, { turns: 1 }], web: [{ turns: 1 }] }, folder.store);
  assert.deepEqual(
    (await built).map(({ plan, deliveries }) => [plan.target.name, [...deliveries.keys()]]),
    [
      ['api', ['api0', 'api1']],
      ['web', ['web0']],
    ],
  );
  assert.deepEqual(await recorded(), ['api', 'web']);
});

test('what goes to one place goes one after another, so that what images share is sent once', async () => {
  await using folder = await temporaryStore();
  const shared = { place: 'acme/all' };
  const { log, built } = run({ api: [shared, { place: 'acme/api' }], web: [shared], worker: [shared] }, folder.store);
  await built;
  const places = log.order.filter((one) => /(?:api0|web0|worker0)$/.test(one));
  assert.deepEqual(places, ['+api0', '-api0', '+web0', '-web0', '+worker0', '-worker0']);
  assert(log.order.indexOf('+api1') < log.order.indexOf('-api0'));
});

test('after a failure what runs may end, no other begins, and all that failed is told with its target', async () => {
  await using folder = await temporaryStore();
  const failing = { fails: 'output-unusable', turns: 1 } as const;
  const { log, events, built, recorded } = run(
    { api: [failing, { turns: 9 }], web: [{ ...failing, turns: 5 }], done: [{ turns: 1 }], later: some(3) },
    folder.store,
  );
  const error = await rejectsWith(built, 'output-unusable', /^api0 is full \[while delivering api\]$/);
  assert.equal(error.hint, 'Empty it.');
  assert.deepEqual(
    error.others.map(({ message }) => message),
    ['web0 is full [while delivering web]'],
  );
  assert.deepEqual(
    log.order.filter((one) => one.startsWith('-')).sort(),
    ['-api0', '-api1', '-done0', '-web0'],
    'none of the later ones began',
  );
  assert.deepEqual(await recorded(), ['done'], 'only what stands everywhere is written down');
  const failed = events.flatMap((event) => (event.type === 'node-failed' ? [event.node] : []));
  assert.deepEqual(failed, ['output:api:0', 'output:web:0']);
});

test('with one target there is no need to name it', async () => {
  await using folder = await temporaryStore();
  const { built } = run({ api: [{ fails: 'output-unusable' }] }, folder.store);
  await rejectsWith(built, 'output-unusable', /^api0 is full$/);
});

test('a signal lets no other delivery begin', async () => {
  await using folder = await temporaryStore();
  const controller = new AbortController();
  const { log, built } = run({ api: some(6) }, folder.store, { signal: controller.signal });
  controller.abort();
  await rejectsWith(built, 'interrupted');
  assert.equal(log.order.length, 8);
});

test('who is told of images acts while they are delivered, and is waited for', async () => {
  await using folder = await temporaryStore();
  const told: string[] = [];
  const onMade: BuildContext['onMade'] = async (targets) => {
    told.push(...targets.map(({ plan, image }) => `${plan.target.name} ${image.images.length}`));
    await turn();
    assert(!ran.log.order.includes('-api0'));
    for (let index = 0; index < 20; index += 1) await turn();
    told.push('done');
  };
  const ran = run({ api: [{ turns: 3 }], web: [{ turns: 1 }] }, folder.store, { onMade });
  await ran.built;
  assert.deepEqual(told, ['api 1', 'web 1', 'done']);
});

test('when who is told fails, all is delivered and written down, and the build fails', async () => {
  await using folder = await temporaryStore();
  const onMade = (): Promise<never> => Promise.reject(new PycontainerError('container-failed', 'no'));
  const { built, recorded } = run({ api: [{}] }, folder.store, { onMade });
  await rejectsWith(built, 'container-failed', /^no$/);
  assert.deepEqual(await recorded(), ['api']);
  const both = run({ api: [{ fails: 'output-unusable' }] }, folder.store, { onMade });
  await rejectsWith(both.built, 'output-unusable', /^api0 is full$/);
});
