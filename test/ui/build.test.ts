import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Event } from '../../src/events.ts';
import { Rig } from '../support/rig.ts';

const manifest = `defaults: { base: scratch, cmd: [run], tags: ['example.com/\${target}:dev'] }
targets:
  api: { platforms: [linux/amd64, linux/arm64], context: api }
  worker: { platforms: [linux/amd64], context: worker }
groups: { backend: [api, worker] }
`;

const files = {
  'pycontainer.yaml': manifest,
  'api/main.py': 'print("api")\n',
  'worker/main.py': 'print("worker")\n',
  'worker/.gitignore': 'left_out.py\n',
  'worker/left_out.py': '',
};

const duration = /\b\d+(?:\.\d+)? (?:ms|s)\b/g;

/** Layers are made side by side, and images delivered so: their lines come in any order, those of one thing in theirs. */
function filtered(text: string): readonly string[] {
  const lines = text.trimEnd().replaceAll(duration, 'TIME').split('\n');
  const thing = (line: string): string =>
    /^(?:stale|built|output) +((?:app of )?[^:,]*?(?:, \w+ linux\/\w+)*)(?:, \d| →|:)/.exec(line)?.[1] ?? '';
  const from = lines.findIndex((line) => thing(line) !== '');
  const to = lines.findLastIndex((line) => thing(line) !== '') + 1;
  const sorted = lines.slice(from, to).toSorted((a, b) => (thing(a) < thing(b) ? -1 : Number(thing(a) > thing(b))));
  return [...lines.slice(0, from), ...sorted, ...lines.slice(to)];
}

/** Sizes and digests are what the encoder of this machine makes of it. */
const plainLog = `warning[files-left-out]: .gitignore left out left_out.py, which Python could import
  = help: If the app needs it, add to the target: include: [left_out.py]
output   api → .pycontainer/images/api sha256:… (sent SIZE, saved SIZE)
stale    app of api linux/amd64, api linux/arm64: never built
built    app of api linux/amd64, api linux/arm64, SIZE in TIME
stale    app of worker linux/amd64: never built
built    app of worker linux/amd64, SIZE in TIME
output   worker → .pycontainer/images/worker sha256:… (sent SIZE, saved SIZE)
done     2 layers built, 0 fresh, in TIME; sent SIZE, saved SIZE`;

test('the plain log of a build of several targets is the same each time, and stdout has results only', async () => {
  const logs = [];
  for (let run = 1; run <= 2; run += 1) {
    await using rig = new Rig(files);
    const { stderr, stdout } = await rig.ok(['build', 'backend']);
    assert.match(stdout, /^api sha256:[0-9a-f]{64}\nworker sha256:[0-9a-f]{64}\n$/);
    logs.push(filtered(stderr).join('\n'));
  }
  assert.equal(logs[0], logs[1]);
  const log = logs[0]?.replaceAll(/sha256:[0-9a-f]+…/g, 'sha256:…').replaceAll(/\b\d+(?:\.\d+)? [kM]?B\b/g, 'SIZE');
  assert.equal(log, plainLog);
});

test('events tell the graph, each node from its beginning to its end, and the sums of what was moved', async () => {
  await using rig = new Rig(files);
  const { events } = await rig.ok(['build', '--progress', 'rawjson', '--metadata-file', 'meta.json']);
  const planned = events.find((event) => event.type === 'planned');
  assert(planned?.type === 'planned');
  assert.deepEqual(
    planned.images.map(({ target, platform, nodes }) => [
      target,
      platform,
      ...nodes.map(({ kind, state }) => `${kind} ${state}`),
    ]),
    [
      ['api', 'linux/amd64', 'base fresh', 'app stale', 'output stale'],
      ['api', 'linux/arm64', 'base fresh', 'app stale', 'output stale'],
      ['worker', 'linux/amd64', 'base fresh', 'app stale', 'output stale'],
    ],
  );
  const known = new Set(planned.images.flatMap(({ nodes }) => nodes.map(({ node }) => node)));
  const told = events.filter((event): event is Extract<Event, { node: string }> => 'node' in event);
  for (const { node } of told) assert.ok(known.has(node), node);
  for (const node of new Set(told.map((event) => event.node))) {
    const types = told.filter((event) => event.node === node && event.type !== 'node-progress').map(({ type }) => type);
    assert.deepEqual(types, ['node-started', 'node-finished']);
  }
  const done = events.at(-1);
  assert(done?.type === 'done');
  const delivered = events.filter((event) => event.type === 'delivered');
  assert.equal(
    done.sentBytes,
    delivered.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
  );
  assert.equal(done.savedBytes, 0);

  const again = (await rig.ok(['build', '--progress', 'rawjson'])).events.at(-1);
  assert(again?.type === 'done');
  assert.deepEqual([again.built, again.sentBytes, again.savedBytes], [0, 0, done.sentBytes]);
});

interface Metadata {
  readonly targets: readonly {
    readonly name: string;
    readonly tags: readonly string[];
    readonly images: readonly {
      readonly platform: string;
      readonly sizeBytes: number;
      readonly layers: readonly {
        readonly key: string;
        readonly reasons: readonly unknown[];
        readonly sizeBytes: number;
      }[];
    }[];
  }[];
}

test('the metadata file has tags, platforms, sizes, and layers with keys and reasons', async () => {
  await using rig = new Rig(files);
  const read = async (): Promise<Metadata> => {
    await rig.ok(['build', '--metadata-file', 'meta.json']);
    return JSON.parse(readFileSync(rig.path('meta.json'), 'utf8')) as Metadata;
  };
  const { targets } = await read();
  assert.deepEqual(
    targets.map(({ name, tags, images }) => [name, tags, images.map(({ platform }) => platform)]),
    [
      ['api', ['example.com/api:dev'], ['linux/amd64', 'linux/arm64']],
      ['worker', ['example.com/worker:dev'], ['linux/amd64']],
    ],
  );
  const layers = targets.flatMap(({ images }) => images.flatMap(({ layers }) => layers));
  assert.deepEqual(
    layers.map(({ reasons }) => reasons),
    [[{ kind: 'never-built' }], [{ kind: 'never-built' }], [{ kind: 'never-built' }]],
  );
  assert.equal(new Set(layers.map(({ key }) => key)).size, 2);
  for (const { sizeBytes, layers } of targets.flatMap(({ images }) => images)) {
    assert.ok(sizeBytes > layers.reduce((sum, layer) => sum + layer.sizeBytes, 0));
  }
  rig.write({ 'worker/main.py': 'print("again")\n' });
  const [api, worker] = (await read()).targets;
  assert.deepEqual(api?.images[0]?.layers[0]?.reasons, []);
  assert.deepEqual(worker?.images[0]?.layers[0]?.reasons, [{ kind: 'file', change: 'changed', path: 'main.py' }]);
});

test('in GitHub Actions layers are a group, and a mistake is annotated at its line below the workspace', async () => {
  await using rig = new Rig(files);
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: rig.root };
  const { stderr } = await rig.ok(['build'], { env });
  assert.match(stderr, /\n::group::Build 2 layers\n(?:stale|built)[^]*\n::endgroup::\noutput /);
  rig.write({ 'pycontainer.yaml': 'targets:\n  api:\n    bse: scratch\n' });
  const failed = await rig.run(['build'], { env });
  assert.match(
    failed.stderr,
    /\n::error file=project\/pycontainer\.yaml,line=3,col=5,title=manifest-unknown-key::'bse' is not a key of a target\n$/,
  );
});

test('in GitLab layers are a section that is closed, after a failure too', async () => {
  await using rig = new Rig({ ...files, 'blocked/file': '' });
  const { stderr } = await rig.run(['build', '--set', 'worker.outputs=[{type: oci, dest: blocked/file/out}]'], {
    env: { GITLAB_CI: 'true' },
  });
  const marks = Array.from(stderr.matchAll(/section_(start|end):\d+:pycontainer\r/g), ([, kind]) => kind);
  assert.deepEqual(marks, ['start', 'end']);
  assert.match(stderr, /error\[output-unusable\]/);
});

test('-v says when', async () => {
  await using rig = new Rig(files);
  const { stderr } = await rig.ok(['build', '-v']);
  for (const line of stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('  = help'))) {
    assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} /);
  }
});
