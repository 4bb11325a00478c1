import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { counted, later } from '../support/counted.ts';
import { Project } from '../support/project.ts';

it('an up that finds all fresh reads no app file, no wheel and no blob, and looks at each app file once', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `app/m${index}.py`);
  await using project = await Project.with({
    'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels]}}',
    ...Object.fromEntries(names.map((name) => [name, `# ${name}\n`])),
  });
  await project.writeWheels(...Array.from({ length: 20 }, (_, index) => ({ name: `p${index}` })));
  await later(() => project.up());
  const layout = project.path('.pycontainer');
  await later(() => project.up());
  const written = resultFiles(project);
  const before = fs.readdirSync(layout, { encoding: 'utf8', recursive: true }).sort();
  const groups: Readonly<Record<string, (file: string) => boolean>> = {
    app: (file) => /\/app\/m[0-9]+\.py$/.test(file),
    wheels: (file) => file.endsWith('.whl'),
    blobs: (file) => file.includes('/store/blobs/') || file.includes('/.pycontainer/images/api/blobs/sha256/'),
  };
  for (const [what, isOf] of Object.entries(groups)) {
    const { reads, stats } = await counted(isOf, async () => assert.equal((await project.up()).result.built, 0));
    assert.equal(reads, 0, `${what} were read`);
    if (what === 'app') assert(stats >= names.length && stats <= names.length + 10, `${stats} looks at app files`);
    if (what === 'blobs') assert(stats > 0 && stats <= 60, `${stats} looks at blobs`);
  }
  assert.deepEqual(fs.readdirSync(layout, { encoding: 'utf8', recursive: true }).sort(), before);
  assert.deepEqual(resultFiles(project), written, 'a result was written anew');
});

/** Each with what changes when it is replaced. */
function resultFiles({ root }: Project): readonly string[] {
  const results = path.join(root, 'store/results');
  const files = fs.readdirSync(results, { encoding: 'utf8', recursive: true }).sort();
  return files.map((file) => `${file} ${fs.statSync(path.join(results, file)).ino}`);
}
