import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Rig } from '../support/rig.ts';
import { bulkyWheel, requirements, smallProject, smallWheel } from './project.ts';

interface PlanJson {
  readonly version: number;
  readonly layers: readonly {
    readonly kind: string;
    readonly title: string;
    readonly state: string;
    readonly reasons: readonly object[];
    readonly digest?: string;
  }[];
  readonly targets: readonly {
    readonly name: string;
    readonly digest?: string;
    readonly outputs: readonly { readonly state: string }[];
    readonly platforms: readonly {
      readonly base: { readonly python: string };
      readonly packages: readonly { readonly name: string; readonly location: string }[];
      readonly start: { readonly cmd: readonly string[]; readonly inferred: boolean };
    }[];
  }[];
}

test('plan writes nothing into the project', async () => {
  await using rig = await smallProject();
  const before = readdirSync(rig.folder);
  await rig.ok(['plan']);
  assert.deepEqual(readdirSync(rig.folder), before);
});

test('plan shows base, dependencies, app and output, and why each is stale', async () => {
  await using rig = await smallProject();
  const first = await shown(rig);
  assert.match(first, /^web {2}linux\/amd64\n/);
  assert.match(first, /\n {2}base +oci:\.\.\/base@sha256:\S+ +fresh +CPython 3\.12\.7, glibc 2\.36\n/);
  assert.match(first, /\n {2}dependencies +2 packages in 2 layers +stale: never built\n/);
  assert.match(first, /\n {2}app +1 file, 15 B +stale: never built\n/);
  assert.match(first, /\n {2}output +\S+ +4 layers stale, ~/);
  await rig.ok(['up']);
  assert.doesNotMatch(await shown(rig), /stale/);
  rig.write({ 'main.py': 'print("bye")\n' });
  assert.match(await shown(rig), /\n {2}app +1 file, 13 B +stale: main\.py changed\n/);
});

test('a package that changes is told with its versions and its line in the lock', async () => {
  await using rig = await smallProject();
  await rig.ok(['up']);
  rig.write({ 'requirements.txt': requirements(bulkyWheel) });
  const { stdout } = await rig.ok(['plan', '--explain']);
  assert.match(stdout, /small 1\.0 removed/);
  rig.write({ 'requirements.txt': requirements(bulkyWheel, smallWheel) });
  assert.doesNotMatch(await shown(rig), /stale/);
});

test('plan --format dot draws the same plan, on one graph', async () => {
  await using rig = await smallProject();
  const { stdout } = await rig.ok(['plan', '--format', 'dot']);
  assert.match(stdout, /^digraph pycontainer \{\n/);
  assert.match(stdout, /\[label="bulky 1\.0\\n~1\.2 MB\\nnever built", style="rounded,filled,bold"/);
  assert.match(stdout, /"image of web linux\/amd64" -> "output:web:0";/);
  assert.equal((await rig.ok(['plan', '--format', 'dot'])).stdout, stdout);
});

test('plan --format json says the same for programs', async () => {
  await using rig = await smallProject();
  const stale = await json(rig);
  assert.deepEqual(
    stale.layers.map(({ kind, state, digest }) => [kind, state, digest]),
    ['package', 'package', 'venv', 'app'].map((kind) => [kind, 'stale', undefined]),
  );
  const [platform] = stale.targets[0]?.platforms ?? [];
  assert.equal(platform?.base.python, '3.12.7');
  assert.deepEqual(
    platform?.packages.map(({ name, location }) => [name, location]),
    [
      ['bulky', 'requirements.txt:1'],
      ['small', 'requirements.txt:2'],
    ],
  );
  assert.deepEqual(platform?.start, { cmd: ['python', 'main.py'], inferred: true });
  const { stdout } = await rig.ok(['up']);
  const fresh = await json(rig);
  assert(fresh.layers.every(({ state, reasons, digest }) => state === 'fresh' && reasons.length === 0 && digest));
  assert.equal(`web ${fresh.targets[0]?.digest}\n`, stdout);
  assert.deepEqual(
    fresh.targets[0]?.outputs.map(({ state }) => state),
    ['fresh'],
  );
});

test('an output that was removed is stale though every layer is fresh', async () => {
  await using rig = await smallProject();
  await rig.ok(['up']);
  rig.remove('.pycontainer');
  const { layers, targets } = await json(rig);
  assert(layers.every(({ state }) => state === 'fresh'));
  assert.deepEqual(
    targets[0]?.outputs.map(({ state }) => state),
    ['stale'],
  );
  await rig.ok(['up']);
  assert(existsSync(rig.path('.pycontainer/images/web/index.json')));
});

async function shown(rig: Rig): Promise<string> {
  return (await rig.ok(['plan'])).stdout;
}

async function json(rig: Rig): Promise<PlanJson> {
  return JSON.parse((await rig.ok(['plan', '--format', 'json'])).stdout) as PlanJson;
}
