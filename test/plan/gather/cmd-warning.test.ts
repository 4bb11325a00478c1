import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { WarningEvent } from '../../../src/events.ts';
import { addImage, emptyBlobs, tagged, type TestImage, writeLayout } from '../../base/image.ts';
import { distroless, official } from '../../base/systems.ts';
import { Project } from '../../support/project.ts';

const relative: TestImage = { ...distroless, config: { ...distroless.config, Entrypoint: ['python3.11'] } };

async function warningsOf(image: TestImage, target: string, more = ''): Promise<readonly WarningEvent[]> {
  await using project = await Project.with({
    'pycontainer.yaml': `targets:\n  web: {base: "oci:../base", exclude: [wheels], ${target}}\n${more}`,
    'main.py': '',
    manage: '',
  });
  await project.writeWheels({ name: 'one' });
  const blobs = emptyBlobs();
  const base = path.join(project.root, 'base');
  fs.rmSync(base, { recursive: true });
  writeLayout(base, blobs, [tagged(await addImage(blobs, image), 'latest')]);
  const { targets } = await project.plan();
  return targets.flatMap(({ warnings }) => warnings).filter(({ code }) => code === 'cmd-arguments');
}

test('a command that a base’s Python would take for its arguments is told, with what to write', async () => {
  const [warning, ...others] = await warningsOf(distroless, 'cmd: [gunicorn, "shop:app"]');
  assert.deepEqual(others, []);
  assert.equal(
    warning?.message,
    "'gunicorn' is not run as a command: the base starts /usr/bin/python3.11, which gets cmd as its arguments",
  );
  assert.equal(warning.hint, 'Write the whole command as entrypoint: [gunicorn, shop:app]');
  assert.deepEqual([warning.location?.line, warning.location?.text?.includes('cmd')], [2, true]);
  assert.equal((await warningsOf(distroless, 'cmd: [python, main.py]')).length, 1);
});

for (const [what, image, target] of [
  ['arguments of Python', relative, 'cmd: [-m, shop]'],
  ['a script', relative, 'cmd: [main.py, --port, "80"]'],
  ['a script without an ending', relative, 'cmd: [manage, run]'],
  ['a path', relative, 'cmd: [/opt/venv/bin/gunicorn]'],
  ['an entrypoint of its own', distroless, 'entrypoint: [gunicorn], cmd: [x]'],
  ['a base that starts nothing', official, 'cmd: [gunicorn]'],
  ['a start that was inferred', distroless, 'labels: {a: b}'],
] as const) {
  test(`nothing is told of ${what}`, async () => {
    assert.deepEqual(await warningsOf(image, target), []);
  });
}

test('that a Python of the base does not see the packages is told', async () => {
  const [warning] = await warningsOf(distroless, 'cmd: [main.py]');
  assert.match(warning?.message ?? '', /^cmd does not see the packages in \/opt\/venv: /);
  assert.equal(warning?.hint, 'Set entrypoint: [python] beside it, which is the Python that has the packages.');
});

test('what is said of a base target’s start counts', async () => {
  assert.deepEqual(
    (
      await warningsOf(
        official,
        'cmd: [x]',
        '  on: {base: "target:core", exclude: [wheels], cmd: [gunicorn]}\n  core: {base: "oci:../base", exclude: [wheels], entrypoint: [python3]}\n',
      )
    ).map(({ message }) => message.slice(0, 20)),
    ["'gunicorn' is not ru"],
  );
});
