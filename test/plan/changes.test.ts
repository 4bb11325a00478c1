import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Reason } from '../../src/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { formatPlan } from '../../src/ui/plan.ts';
import { addImage, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { alpine } from '../base/systems.ts';
import { Project } from '../support/project.ts';

const manifest = (section: string): string => {
  const start = section.startsWith('cmd:') ? '' : 'cmd: [python], ';
  return `targets: {web: {base: "oci:../base", ${start}${section}}}\n`;
};

async function afterChange(before: string, after: string): Promise<Plan> {
  await using project = await Project.with({ 'pycontainer.yaml': manifest(before), 'main.py': '' });
  await project.up();
  project.write({ 'pycontainer.yaml': manifest(after) });
  return await project.plan();
}

const outputReasons = ({ targets }: Plan): readonly Reason[] => targets[0]?.outputs[0]?.reasons ?? [];
const textOf = (plan: Plan, explain = false): string => formatPlan(plan, { explain, cwd: '/nowhere' });

describe('what reaches only the config of an image', () => {
  for (const [key, before, after, from, to] of [
    ['cmd', '', 'cmd: [python, -m, x]', '["python"]', '["python","-m","x"]'],
    ['entrypoint', '', 'entrypoint: [python]', 'not set', '["python"]'],
    ['labels.team', 'labels: {team: a}', 'labels: {team: b}', 'a', 'b'],
    ['annotations.x', 'annotations: {x: "1"}', '', '1', 'not set'],
    ['ports', '', 'ports: [80]', 'not set', '["80"]'],
    ['user', 'user: "1:1"', 'user: "2:2"', '1:1', '2:2'],
    ['stop-signal', '', 'stop-signal: SIGINT', 'not set', 'SIGINT'],
  ] as const) {
    it(`${key} is told by its key, with what it was and is`, async () => {
      const plan = await afterChange(before, after);
      assert(plan.layers.every(({ state }) => state === 'fresh'));
      assert.deepEqual(
        outputReasons(plan).filter(({ kind }) => kind === 'setting'),
        [{ kind: 'setting', key, from, to }],
      );
      assert.match(textOf(plan), new RegExp(`output .* stale: ${key.replace('.', '\\.')} was `));
    });
  }

  it('variables are told without their values, which may be secrets, and are kept without them', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest('environment: {TOKEN: s3cret-1, SAME: s3cret-0}'),
      'main.py': '',
    });
    await project.up();
    project.write({ 'pycontainer.yaml': manifest('environment: {TOKEN: s3cret-2, SAME: s3cret-0, NEW: s3cret-3}') });
    const plan = await project.plan();
    assert.deepEqual(outputReasons(plan).slice(0, -1), [
      { kind: 'setting', key: 'environment.NEW', from: 'not set', to: '***' },
      { kind: 'setting', key: 'environment.TOKEN', from: '***', to: '***' },
    ]);
    assert(!textOf(plan, true).includes('s3cret'));
    const records = path.join(project.storeFolder, 'results/record');
    for (const name of fs.readdirSync(records)) {
      assert(!fs.readFileSync(path.join(records, name), 'utf8').includes('s3cret'));
    }
  });

  it('of a base target is told for those on it', async () => {
    const targets = (label: string): string =>
      `targets: {core: {base: "oci:../base", cmd: [python], labels: {l: "${label}"}}, web: {base: "target:core"}}\n`;
    await using project = await Project.with({ 'pycontainer.yaml': targets('1'), 'main.py': '' });
    await project.up();
    project.write({ 'pycontainer.yaml': targets('2') });
    const { targets: plans } = await project.plan();
    assert.deepEqual(
      plans.map(({ outputs }) => outputs[0]?.reasons[0]),
      [1, 2].map(() => ({ kind: 'setting', key: 'labels.l', from: '1', to: '2' })),
    );
  });
});

it('a base that moved is told with the facts that moved with it, each on a line with --explain', async () => {
  await using project = await Project.with({ 'pycontainer.yaml': manifest(''), 'main.py': '' });
  await project.up();
  const folder = path.join(project.root, 'base');
  fs.rmSync(folder, { recursive: true });
  const blobs = emptyBlobs();
  writeLayout(folder, blobs, [tagged(await addImage(blobs, alpine), 'latest')]);
  const plan = await project.plan();
  const reasons = plan.targets[0]?.platforms[0]?.base.reasons ?? [];
  assert.deepEqual(
    reasons.map((reason) => (reason.kind === 'setting' ? `${reason.key} ${reason.from}` : reason.kind)),
    ['base', 'python 3.12.7', 'interpreter /usr/local/bin/python3.12', 'libc glibc 2.36', 'os debian 12'],
  );
  const text = textOf(plan, true);
  assert.match(text, /\n +base moved from sha256:\w+… to sha256:\w+…\n +python was 3\.12\.7, is 3\.11\.\d+\n/);
});
