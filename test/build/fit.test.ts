import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElfParts, makeElf } from '../support/elf.ts';
import { Project } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';

const tag = 'cp312-cp312-manylinux_2_17_x86_64';

/** A project with one native package. */
async function projectWith(elf: ElfParts, dependencies = '{}'): Promise<Project> {
  const manifest = `targets: { api: { base: "oci:../base", platforms: [linux/amd64], cmd: [x], dependencies: ${dependencies} } }\n`;
  const project = await Project.with({ 'pycontainer.yaml': manifest, 'main.py': '' });
  await project.writeWheels({ name: 'native', tag, files: { 'native/_c.so': makeElf(elf) } });
  return project;
}

test('a library that no one has is told of, with the layer that is made and with the one that is kept', async () => {
  await using project = await projectWith({ needed: ['libpq.so.5', 'libz.so.1'] });
  for (const _ of ['made', 'kept']) {
    const { warnings } = await project.up();
    const [warning, ...others] = warnings.filter(({ code }) => code === 'library-missing');
    assert.match(warning?.message ?? '', /^native needs libpq\.so\.5: neither the base nor a package has it/);
    assert.match(warning?.hint ?? '', /on Debian: libpq5/);
    assert.equal(warning?.location?.file, 'requirements.txt');
    assert.deepEqual(others, []);
  }
});

test('when strict, it is an error, in a layer that is kept too', async () => {
  await using project = await projectWith({ needed: ['libpq.so.5'] });
  await project.up();
  const manifest =
    'targets: { api: { base: "oci:../base", platforms: [linux/amd64], cmd: [x], dependencies: { strict: true } } }\n';
  project.write({ 'pycontainer.yaml': manifest });
  await rejectsWith(project.up(), 'library-missing');
});

test('a wheel that holds binaries of another machine than it says is refused', async () => {
  await using project = await projectWith({ machine: 183, needed: [] });
  await rejectsWith(
    project.up(),
    'wheel-not-fitting',
    /native has only binaries for aarch64, and the base is for x86_64/,
  );
});

test('what the base, the package or the driver has is not worth a word', async () => {
  const needed = ['libz.so.1', 'libc.so.6', 'libcuda.so.1', '_c.so'];
  await using project = await projectWith({ needed }, '{ strict: true }');
  assert.deepEqual((await project.up()).warnings, []);
});
