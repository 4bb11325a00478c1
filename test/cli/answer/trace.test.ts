import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { once } from 'node:events';
import fs, { readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Trace } from '../../../src/cli/answer/trace.ts';

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-trace-')));
after(() => fs.rmSync(root, { recursive: true, force: true }));

const place = (name: string): string => path.join(root, name);
const file = place('file');
const link = place('link');
const missing = place('missing');
fs.writeFileSync(file, 'text');
fs.symlinkSync('file', link);
/** So that nothing has changed shortly before a trace begins. */
const grainNs = -3_600_000_000_000n;

const looks: Readonly<Record<string, readonly [act: () => unknown, expected: string]>> = {
  lstatSync: [() => fs.lstatSync(link), `link ${link}`],
  'lstatSync with all digits': [() => fs.lstatSync(link, { bigint: true }), `link ${link}`],
  'statSync with all digits': [() => fs.statSync(link, { bigint: true }), `content ${link}`],
  'statSync of nothing': [() => fs.statSync(missing, { throwIfNoEntry: false }), `content ${missing}`],
  'statSync that throws': [() => attempt(() => fs.statSync(missing, { bigint: true })), `content ${missing}`],
  'readFileSync by its own name': [() => readFileSync(file), `content ${file}`],
  'readFileSync of a URL': [() => fs.readFileSync(pathToFileURL(file)), `content ${file}`],
  'readFileSync of bytes': [() => fs.readFileSync(Buffer.from(file)), `content ${file}`],
  'readFileSync of a relative path': [() => fs.readFileSync(path.relative('.', file)), `content ${file}`],
  readdirSync: [() => fs.readdirSync(root), `content ${root}`],
  readlinkSync: [() => fs.readlinkSync(link), `link ${link}`],
  openSync: [() => fs.closeSync(fs.openSync(file, 'r')), `content ${file}`],
  'openSync with numbers': [() => fs.closeSync(fs.openSync(file, fs.constants.O_NOFOLLOW)), `content ${file}`],
  accessSync: [() => fs.accessSync(file), `access ${file}`],
  existsSync: [() => fs.existsSync(missing), `access ${missing}`],
  realpathSync: [() => fs.realpathSync(link), `real ${link}`],
  'realpathSync.native': [() => fs.realpathSync.native(link), `real ${link}`],
  'mkdirSync of what is there': [() => fs.mkdirSync(root, { recursive: true }), `access ${root}`],
  'promises.readFile': [() => fs.promises.readFile(file), `content ${file}`],
  'promises.stat of nothing': [() => fs.promises.stat(missing).catch(() => undefined), `content ${missing}`],
  'promises.open': [async () => (await fs.promises.open(file)).close(), `content ${file}`],
  'readFile with a callback': [() => promisify(fs.readFile)(file), `content ${file}`],
  createReadStream: [async () => Array.fromAsync(fs.createReadStream(file)), `content ${file}`],
};

for (const [name, [act, expected]] of Object.entries(looks)) {
  test(`a trace notes ${name}`, async () => {
    using trace = new Trace(place('store'));
    await act();
    assert(noted(trace).includes(expected), noted(trace).join('\n'));
  });
}

const changes: Readonly<Record<string, () => unknown>> = {
  writeFileSync: () => fs.writeFileSync(place('new'), ''),
  'openSync to write': () => fs.closeSync(fs.openSync(place('new'), 'w')),
  'openSync to append, in numbers': () => fs.closeSync(fs.openSync(file, fs.constants.O_RDWR)),
  'mkdirSync of what is not there': () => fs.mkdirSync(place('folder'), { recursive: true }),
  mkdtempSync: () => fs.mkdtempSync(place('folder-')),
  renameSync: () => attempt(() => fs.renameSync(missing, place('elsewhere'))),
  rmSync: () => fs.rmSync(missing, { force: true }),
  chmodSync: () => fs.chmodSync(file, 0o644),
  'promises.writeFile': () => fs.promises.writeFile(place('new'), ''),
  'appendFile with a callback': () => promisify(fs.appendFile)(place('new'), ''),
  createWriteStream: () => once(fs.createWriteStream(place('new')).end(), 'close'),
  'a program that is started': () => promisify(childProcess.execFile)(process.execPath, ['--version']),
  'a program that is waited for': () => childProcess.spawnSync(process.execPath, ['--version']),
  'a connection to a host': () =>
    new Promise((closed) =>
      net
        .connect(1)
        .on('error', () => undefined)
        .on('close', closed),
    ),
  'a folder that is read in pieces': () => fs.opendirSync(root).closeSync(),
};

for (const [name, act] of Object.entries(changes)) {
  test(`a run is not understood from its looks after ${name}`, async () => {
    using trace = new Trace(place('store'));
    await act();
    assert.deepEqual([trace.isUnderstood, trace.looks(grainNs)], [false, undefined]);
  });
}

test('a run that writes what it learned into the store is understood, though not from these looks', () => {
  for (const act of [
    () => fs.writeFileSync(place('store/result'), ''),
    () => fs.renameSync(place('store/tmp/result'), place('store/result')),
    () => fs.utimesSync(place('store/result'), 1, 1),
  ]) {
    fs.mkdirSync(place('store/tmp'), { recursive: true });
    fs.writeFileSync(place('store/tmp/result'), '');
    using trace = new Trace(place('store'));
    act();
    assert.deepEqual([trace.isUnderstood, trace.looks(grainNs)], [true, undefined]);
  }
});

test('no function of node:fs that takes a path goes past a trace', () => {
  const takesNoPath = new Set(
    [
      'read',
      'readv',
      'write',
      'writev',
      'close',
      'fstat',
      'fsync',
      'fdatasync',
      'fchmod',
      'fchown',
      'futimes',
      'ftruncate',
    ].flatMap((name) => [name, `${name}Sync`]),
  );
  const entries = (owner: object, prefix: string): (readonly [string, unknown])[] =>
    Object.entries(owner)
      .filter(([name, call]) => typeof call === 'function' && /^[a-z]/.test(name) && !takesNoPath.has(name))
      .map(([name, call]) => [prefix + name, call]);
  const functions = (): Map<string, unknown> => new Map([...entries(fs, ''), ...entries(fs.promises, 'promises.')]);
  const before = functions();
  using _ = new Trace(place('store'));
  const same = [...functions()].filter(([name, call]) => before.get(name) === call).map(([name]) => name);
  assert.deepEqual(same, []);
  assert(before.size > 80, `only ${before.size} functions were seen`);
});

test('a trace notes the variables that are asked for, and all where they are counted up', () => {
  const trace = new Trace(place('store'));
  try {
    assert.equal(process.env['PYCONTAINER_NOT_THERE'], undefined);
    assert('PATH' in process.env);
    assert.deepEqual([...trace.variables].toSorted(), ['PATH', 'PYCONTAINER_NOT_THERE']);
    assert(Object.keys(process.env).length > 0);
    assert(trace.variables.has('*'));
  } finally {
    trace[Symbol.dispose]();
  }
});

test('what changed just before a run is no ground to stand on', () => {
  using trace = new Trace(place('store'));
  fs.readFileSync(file);
  assert.equal(trace.looks(3_600_000_000_000n), undefined);
});

test('what was found twice, and was not the same, is no ground to stand on', () => {
  const grows = fs.openSync(place('grows'), 'a');
  using trace = new Trace(place('store'));
  fs.readFileSync(place('grows'));
  fs.writeSync(grows, 'more');
  fs.readFileSync(place('grows'));
  fs.closeSync(grows);
  assert.equal(trace.looks(grainNs), undefined);
});

test('what changed last comes first, since it is likely to change again', () => {
  const [older, newer] = [place('older'), place('newer')];
  fs.writeFileSync(newer, '');
  fs.writeFileSync(older, '');
  fs.utimesSync(newer, 3_000_000_000, 3_000_000_000);
  using trace = new Trace(place('store'));
  for (const name of [older, newer]) fs.readFileSync(name);
  const looks = trace.looks(-3_000_000_000_000_000_000n);
  assert.deepEqual([looks?.[0], looks?.[2]], [`content ${newer}`, `content ${older}`]);
});

test('what is unfinished in the store is not noted', () => {
  using trace = new Trace(place('store'));
  for (const name of ['store/tmp', 'store/tmp/below', 'store/tmpfile']) fs.existsSync(place(name));
  assert.deepEqual(noted(trace), [`access ${place('store/tmpfile')}`]);
});

test('after its end everything is as it was', () => {
  const now = (): object => ({
    ...fs,
    ...fs.promises,
    env: process.env,
    ...Object.getOwnPropertyDescriptors(net.Socket.prototype),
  });
  const before = now();
  const trace = new Trace(place('store'));
  trace[Symbol.dispose]();
  assert.deepEqual(now(), before);
  fs.readFileSync(file);
  assert.deepEqual(noted(trace), []);
});

function noted(trace: Trace): readonly string[] {
  const looks = trace.looks(grainNs);
  assert(looks !== undefined, 'it is not understood');
  return looks.filter((_, index) => index % 2 === 0);
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // What is asked for is not there.
  }
}
