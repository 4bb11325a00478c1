import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import type { WarningEvent } from '../../src/events.ts';
import { Project, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import type { WheelSpec } from '../support/wheel.ts';
import { filesOf, imageOf } from './image-files.ts';

const site = 'opt/venv/lib/python3.12/site-packages';
/** Above the size from which a wheel gets a layer of its own, also when compressed. */
const bulk = randomBytes(1_100_000);

async function projectWith(more: string, ...wheels: readonly WheelSpec[]): Promise<Project> {
  const project = await Project.with({
    'pycontainer.yaml': `targets: {api: {base: "oci:../base", cmd: [python, main.py], exclude: [wheels]${more}}}`,
    'main.py': '',
  });
  await project.writeWheels(...wheels);
  return project;
}

const strict = ', dependencies: {strict: true}';

function said(warnings: readonly WarningEvent[]): string[] {
  return warnings.map(({ code, message }) => `${code}: ${message}`);
}

describe('RECORD', () => {
  it('lists the bytes of every file that is installed, itself among them, and who installed them', async () => {
    await using project = await projectWith(
      '',
      {
        name: 'tool',
        files: { 'tool/__init__.py': 'x = 1\n', 'tool/big.bin': bulk },
        entryPoints: '[console_scripts]\ntool = tool:main\n',
      },
      { name: 'lib', metadata: ['Requires-Dist: tool>=1'], files: { 'lib.py': '' } },
    );
    const { warnings } = await project.up();
    assert.deepEqual(said(warnings), []);
    const files = await filesOf(imageOf(project));
    for (const name of ['tool', 'lib']) {
      const info = `${site}/${name}-1.0.dist-info`;
      const rows = (files.get(`${info}/RECORD`) ?? '')
        .trimEnd()
        .split('\n')
        .map((row) => row.split(','));
      const listed = rows.map(([path = '']) => new URL(path, `file:///${site}/`).pathname.slice(1)).sort();
      const there = [...files.keys()].filter(
        (path) => path.startsWith(info) || path.startsWith(`${site}/${name}`) || path === `opt/venv/bin/${name}`,
      );
      assert.deepEqual(listed, there.sort(), name);
      for (const [path = '', hash = '', size] of rows) {
        const text = files.get(new URL(path, `file:///${site}/`).pathname.slice(1)) ?? '';
        if (path.endsWith('/RECORD')) assert.deepEqual([hash, size], ['', '']);
        else if (!path.endsWith('.bin')) {
          assert.equal(hash, `sha256=${createHash('sha256').update(text).digest('base64url')}`, path);
          assert.equal(Number(size), Buffer.byteLength(text));
        }
      }
      assert.equal(files.get(`${info}/INSTALLER`), 'pycontainer\n');
    }
  });
});

describe('two packages that write different bytes to one path', () => {
  const clash = (name: string, more: WheelSpec['files'] = {}): WheelSpec => ({
    name,
    files: { 'shared.py': `of ${name}\n`, ...more },
  });

  for (const [how, first, second] of [
    ['in one layer', {}, {}],
    ['in two layers', { 'big.bin': bulk }, { 'big2.bin': bulk }],
    ['when the first by name lies above', {}, { 'big.bin': bulk }],
    ['when the first by name lies below', { 'big.bin': bulk }, {}],
  ] as const) {
    it(`warn, and those of the last by name are taken, ${how}`, async () => {
      await using project = await projectWith('', clash('aaa', first), clash('zzz', second));
      const { warnings, plan } = await project.up();
      assert.deepEqual(said(warnings), [
        `wheel-conflict: aaa and zzz write different bytes to /${site}/shared.py; those of zzz are taken`,
      ]);
      assert(plan.layers.length >= 3);
      assert.equal((await filesOf(imageOf(project))).get(`${site}/shared.py`), 'of zzz\n');
    });
  }

  it('and three of them: each pair is told, and the last of all is taken', async () => {
    await using project = await projectWith('', clash('aaa'), clash('mmm', { 'big.bin': bulk }), clash('zzz'));
    const { warnings } = await project.up();
    assert.deepEqual(
      warnings.map(({ message }) => message.split(' write ')[0]),
      ['aaa and mmm', 'mmm and zzz'],
    );
    assert.equal((await filesOf(imageOf(project))).get(`${site}/shared.py`), 'of zzz\n');
  });

  it('are told again by a build that finds all fresh, and are an error when strict', async () => {
    await using project = await projectWith('', clash('aaa'), clash('zzz'));
    await project.up();
    assert.equal((await project.up()).warnings.length, 1);
    project.write({
      'pycontainer.yaml': `targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels]${strict}}}`,
    });
    await rejectsWith(project.up(), 'wheel-conflict', /aaa and zzz/);
  });

  it('are an error when they alone are to be, and other oddities are not', async () => {
    const odd: WheelSpec = { ...clash('aaa'), metadata: ['Requires-Dist: missing'] };
    await using project = await projectWith(', dependencies: {conflicts: error}', odd, clash('zzz'));
    const error = await rejectsWith(project.up(), 'wheel-conflict', /aaa and zzz/);
    assert.deepEqual(error.others, []);
    project.write({ 'pycontainer.yaml': `targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels]}}` });
    assert.deepEqual(
      (await project.up()).warnings.map(({ code }) => code),
      ['wheel-conflict', 'requires-unmet'],
    );
  });

  it('are silent when the bytes are equal', async () => {
    const equal = (name: string): WheelSpec => ({ name, files: { 'shared.py': 'same\n' } });
    await using project = await projectWith(strict, equal('aaa'), equal('zzz'));
    assert.deepEqual((await project.up()).warnings, []);
  });

  for (const [how, more] of [
    ['in one layer', {}],
    ['in two layers', { 'big.bin': bulk }],
  ] as const) {
    it(`are refused by name when one wants a folder where the other has a file, ${how}`, async () => {
      await using project = await projectWith(
        '',
        { name: 'aaa', files: { thing: '', ...more } },
        { name: 'zzz', files: { 'thing/inside.py': '' } },
      );
      const error = await rejectsWith(project.up(), 'wheel-conflict', /a file of aaa and a folder of zzz/);
      assert.match(error.message, /opt\/venv\/.*\/thing/);
    });
  }
});

describe('a package that lacks what it requires', () => {
  const needy = { name: 'needy', metadata: ['Requires-Dist: absent>=2', 'Requires-Dist: unused; extra == "x"'] };

  it('is warned of, with the line of the lock, each time', async () => {
    await using project = await projectWith('', needy);
    for (const _ of ['built', 'fresh']) {
      const [warning, ...others] = (await project.up()).warnings;
      assert.deepEqual(others, []);
      assert.equal(warning?.message, 'needy requires absent>=2, which is not among the packages');
      assert.deepEqual(
        [warning?.code, warning?.location?.file, warning?.location?.line],
        ['requires-unmet', 'requirements.txt', 3],
      );
    }
  });

  it('is an error when strict, and nothing is delivered', async () => {
    await using project = await projectWith(strict, needy);
    const error = await rejectsWith(project.up(), 'requires-unmet', /^needy requires absent>=2/);
    assert.equal(error.location?.line, 3);
    assert.throws(() => imageOf(project));
    await rejectsWith(project.up(), 'requires-unmet');
  });

  for (const targets of [
    ['lax', 'strict'],
    ['strict', 'lax'],
  ]) {
    it(`is an error when one of two targets that share the packages is strict: ${targets.join(', ')}`, async () => {
      await using project = await projectWith('', needy);
      const written = targets.map(
        (name) =>
          `${name}: {dependencies: {strict: ${name === 'strict'}}, base: "oci:../base", cmd: [python], exclude: [wheels]}`,
      );
      project.write({ 'pycontainer.yaml': `targets: {${written.join(', ')}}` });
      await rejectsWith(project.up(), 'requires-unmet', /\(for (lax|strict) linux\/amd64, (lax|strict) linux\/amd64\)/);
    });
  }

  it('is told which version is there instead', async () => {
    await using project = await projectWith(
      '',
      { name: 'needy', metadata: ['Requires-Dist: lib>=2'] },
      { name: 'lib' },
    );
    assert.deepEqual(said((await project.up()).warnings), ['requires-unmet: needy requires lib>=2, and 1.0 is there']);
  });
});

describe('a package that requires a project which is installed from source', () => {
  const plugin = { name: 'plugin', metadata: ['Requires-Dist: shop<3,>=2; python_version > "3"'] };
  const pyproject = (version: string, name = 'shop'): string => `[project]\nname = "${name}"\nversion = "${version}"\n`;
  const tooOld = 'requires-unmet: plugin requires shop<3,>=2, and 1.0 is there';

  it('is judged by the version that the project has now, and no layer is made for that', async () => {
    await using project = await projectWith('', plugin);
    const after = async (version: string): Promise<readonly string[]> => {
      project.write({ 'pyproject.toml': pyproject(version) });
      const { plan, warnings } = await project.up();
      if (version !== '1.0') assert.deepEqual(staleOf(plan), ['app']);
      return said(warnings);
    };
    assert.deepEqual(await after('1.0'), [tooOld]);
    assert.deepEqual(await after('2.1'), []);
    assert.deepEqual(await after('3.0'), ['requires-unmet: plugin requires shop<3,>=2, and 3.0 is there']);
    project.write({ 'pyproject.toml': pyproject('2.1', 'another') });
    assert.deepEqual(said((await project.up()).warnings), [
      'requires-unmet: plugin requires shop<3,>=2, which is not among the packages',
    ]);
  });

  it('is judged for each of the images that share the layer, with the line of the lock as it is now', async () => {
    await using project = await projectWith('', plugin);
    const target = (name: string): string =>
      `${name}: {base: "oci:../base", cmd: [python], context: ${name}, dependencies: {from: requirements.txt}}`;
    project.write({
      'pycontainer.yaml': `targets: {${target('old')}, ${target('new')}}`,
      'old/pyproject.toml': pyproject('1.0'),
      'new/pyproject.toml': pyproject('2.0'),
    });
    const { plan, warnings } = await project.up();
    assert.deepEqual([plan.layers.filter(({ kind }) => kind === 'venv').length, said(warnings)], [1, [tooOld]]);
    const pins = fs.readFileSync(project.path('requirements.txt'), 'utf8');
    project.write({ 'requirements.txt': `# a line more\n${pins}` });
    const [warning, ...others] = (await project.up()).warnings;
    assert.deepEqual([warning?.location?.line, others], [4, []]);
    project.write({ 'old/pyproject.toml': pyproject('2.0') });
    assert.deepEqual((await project.up()).warnings, []);
  });

  it('is an error when strict, until the project is new enough', async () => {
    await using project = await projectWith(strict, plugin);
    project.write({ 'pyproject.toml': pyproject('1.0') });
    await rejectsWith(project.up(), 'requires-unmet', /^plugin requires shop/);
    project.write({ 'pyproject.toml': pyproject('2.0') });
    await project.up();
    project.write({ 'pyproject.toml': pyproject('1.0') });
    await rejectsWith(project.up(), 'requires-unmet', /^plugin requires shop/);
  });
});

it('a package layer is the same whatever project, base and neighbours it has', async () => {
  const wheel = { name: 'heavy', files: { 'heavy.bin': bulk } };
  const digests: string[] = [];
  for (const others of [[], [{ name: 'other' }], [{ name: 'aaa', files: { 'a.bin': randomBytes(1_200_000) } }]]) {
    await using project = await projectWith('', wheel, ...others);
    const { result } = await project.up();
    const [target] = result.targets;
    const node = target?.plan.platforms[0];
    const { plan } = await project.up();
    const heavy = plan.layers.find(({ title }) => title === 'heavy 1.0');
    assert(node !== undefined && heavy?.layer !== undefined);
    digests.push(heavy.layer.digest);
  }
  assert.equal(new Set(digests).size, 1);
});
