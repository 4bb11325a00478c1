import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installedFacts } from '../../../src/python/install/installed.ts';
import type { RecordOptions } from '../../../src/python/install/record.ts';
import type { InstallTarget } from '../../../src/python/install/target.ts';
import { type Wheel, openWheel } from '../../../src/python/install/wheel.ts';
import { installedFiles } from '../../support/installed.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { type WheelSpec, writeWheel } from '../../support/wheel.ts';

const target: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' };
const info = 'lib/python3.12/site-packages/demo-1.0.dist-info';
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-'));
});
after(() => rm(folder, { recursive: true }));

async function open(spec: WheelSpec): Promise<Wheel> {
  const { path, filename } = await writeWheel(folder, spec);
  return openWheel(path, filename);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('RECORD lists every installed file with hash and size, launchers among them, and itself without', async () => {
  const wheel = await open({ files: { 'demo/a,b.py': 'x' }, entryPoints: '[console_scripts]\ntool = demo:main\n' });
  const files = await installedFiles(wheel, target, { requested: true });
  const text = files.get(`${info}/RECORD`)?.bytes.toString() ?? '';
  const rows = text.split('\n');
  assert.equal(rows.pop(), '');
  assert.match(rows[0] ?? '', /^\.\.\/\.\.\/\.\.\/bin\/tool,sha256=[\w-]{43},\d+$/);
  assert.ok(rows.includes(`"demo/a,b.py",sha256=${digest('x')},1`));
  assert.ok(rows.includes(`demo-1.0.dist-info/INSTALLER,sha256=${digest('pycontainer\n')},12`));
  assert.ok(rows.includes(`demo-1.0.dist-info/REQUESTED,sha256=${digest('')},0`));
  assert.ok(rows.includes('demo-1.0.dist-info/RECORD,,'));
  assert.equal(rows.length, files.size);
});

test('only what is due is written', async () => {
  const wheel = await open({});
  const names = async (options: RecordOptions): Promise<string[]> => {
    const paths = [...(await installedFiles(wheel, target, options)).keys()];
    return paths.map((path) => path.slice(info.length + 1)).sort();
  };
  assert.deepEqual(await names({ requested: false }), ['INSTALLER', 'METADATA', 'RECORD', 'WHEEL']);
  const directUrl = { kind: 'archive', url: 'https://example/demo.whl' } as const;
  assert.deepEqual(await names({ requested: true, directUrl }), [
    'INSTALLER',
    'METADATA',
    'RECORD',
    'REQUESTED',
    'WHEEL',
    'direct_url.json',
  ]);
});

test('paths of a flat layout start at the prefix', async () => {
  const flat: InstallTarget = { ...target, prefix: '/var/task', layout: 'flat' };
  const wheel = await open({ files: { 'a.py': '' }, entryPoints: '[console_scripts]\ntool = a:b\n' });
  const text = (await installedFiles(wheel, flat)).get('demo-1.0.dist-info/RECORD')?.bytes.toString() ?? '';
  assert.deepEqual(
    text
      .split('\n')
      .slice(0, 2)
      .map((row) => row.split(',')[0]),
    ['a.py', 'bin/tool'],
  );
});

test('hashes that are not known yet are taken from the wheel, which must hold what it says', async () => {
  const wheel = await open({ files: { 'a.py': 'text' }, entryPoints: '[console_scripts]\ntool = a:b\n' });
  const all = await installedFacts(wheel, target);
  const given = await installedFacts(wheel, target, new Map(all.files.map(({ path, sha256 }) => [path, { sha256 }])));
  assert.deepEqual(given, all);
  assert.deepEqual(JSON.parse(JSON.stringify(all)), all);
  assert.equal(all.files.find(({ path }) => path.endsWith('/a.py'))?.sha256, sha256('text'));
  const damaged = await open({ members: [{ name: 'a.py', data: 'text', crc32: 1 }] });
  await rejectsWith(installedFacts(damaged, target), 'wheel-invalid', /member-damaged.*a\.py/);
});

test('hashes of the wheel’s own RECORD are compared with what was installed', async () => {
  const script = 'demo-1.0.data/scripts/s';
  const wheel = await open({
    files: { 'good.py': 'good', 'bad.py': 'bad', [script]: '#!python\n' },
    info: { RECORD: `good.py,sha256=${digest('good')}=,4\nbad.py,sha256=${digest('good')},3\n${script},sha256=x,9\n` },
  });
  const messages = (await installedFacts(wheel, target)).warnings.map(({ message }) => message);
  assert.deepEqual(messages.at(-1), 'demo-1.0-py3-none-any.whl: RECORD has another hash of bad.py');
});
