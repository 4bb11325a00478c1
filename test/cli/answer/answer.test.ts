import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Answer, findAnswer, keepAnswer, type Request } from '../../../src/cli/answer/answer.ts';
import { type Aspect, markOf } from '../../../src/cli/answer/mark.ts';

const hourMs = 3_600_000;
const told: Pick<Answer, 'options' | 'said'> = {
  options: { progress: 'plain', verbose: false, quiet: true },
  said: [{ result: 'app sha256:1' }],
};

/** A folder with an answer that hangs on everything in it. */
class Kept implements Disposable {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-answer-')));
  readonly request: Request = {
    argv: ['build', '-q'],
    cwd: this.place('project'),
    env: { PYCONTAINER_STORE: this.place('store'), ASKED: 'yes', SECRET: 'hunter2' },
    program: this.place('program.js'),
  };
  readonly keptMs = Date.now();

  constructor() {
    for (const folder of ['store/tmp', 'project/folder']) fs.mkdirSync(this.place(folder), { recursive: true });
    fs.writeFileSync(this.place('program.js'), 'program');
    fs.writeFileSync(this.place('project/file'), 'text');
    fs.writeFileSync(this.place('project/other'), 'text');
    fs.symlinkSync('file', this.place('project/link'));
    this.keep(true);
    this.#letClockTick();
  }

  place(name: string): string {
    return path.join(this.root, name);
  }

  keep(isSound: boolean, variables: readonly string[] = ['ASKED', 'SECRET', 'NOT_THERE']): void {
    const looks: readonly (readonly [Aspect, string])[] = [
      ['content', 'project/file'],
      ['link', 'project/link'],
      ['content', 'project/link'],
      ['real', 'project/link'],
      ['content', 'project/folder'],
      ['access', 'store'],
      ['content', 'project/missing'],
    ];
    const marks = looks.map(([aspect, name]): [string, string] => {
      const at = this.place(name);
      return [`${aspect} ${at}`, markOf(aspect, at).text];
    });
    const trace = { looks: new Map(marks), variables: new Set(variables), isSound: () => isSound };
    keepAnswer(this.request, trace, told, this.keptMs);
  }

  find(request: Partial<Request> = {}, laterMs = 1): Answer | undefined {
    return findAnswer({ ...this.request, ...request }, this.keptMs + laterMs);
  }

  /** Files that are written from now on have a later time than those that are there. */
  #letClockTick(): void {
    const before = fs.statSync(this.file, { bigint: true }).ctimeNs;
    const probe = this.place('probe');
    do fs.writeFileSync(probe, 'x');
    while (fs.statSync(probe, { bigint: true }).ctimeNs <= before);
  }

  get file(): string {
    const folder = this.place('store/results/answer');
    const [name = ''] = fs.readdirSync(folder);
    return path.join(folder, name);
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

test('an answer is found again while nothing has changed, and what its looks do not touch may change', () => {
  using kept = new Kept();
  assert.deepEqual(kept.find()?.said, told.said);
  fs.writeFileSync(kept.place('project/other'), 'changed');
  fs.writeFileSync(kept.place('store/new'), 'the store is used by others too');
  assert.deepEqual(kept.find({ env: { ...kept.request.env, NOT_ASKED: 'x' } })?.options, told.options);
  assert.equal(kept.find({}, hourMs - 1)?.foundMs, kept.keptMs);
});

/** What may happen; `place` is a path below the folder, `file` the answer's. */
const changes: Readonly<Record<string, (place: (name: string) => string, file: string) => void>> = {
  'a file has other bytes': (place) => fs.writeFileSync(place('project/file'), 'tex7'),
  'a file was written again with the same bytes': (place) => fs.writeFileSync(place('project/file'), 'text'),
  'a file is gone': (place) => fs.rmSync(place('project/file')),
  'another file has its name': (place) => fs.renameSync(place('project/other'), place('project/file')),
  'a file has another mode': (place) => fs.chmodSync(place('project/file'), 0o755),
  'a file has its old times, and other bytes': (place) => {
    const { atime, mtime } = fs.statSync(place('project/file'));
    fs.writeFileSync(place('project/file'), 'tex7');
    fs.utimesSync(place('project/file'), atime, mtime);
  },
  'a link leads elsewhere': (place) => {
    fs.rmSync(place('project/link'));
    fs.symlinkSync('other', place('project/link'));
  },
  'a folder has one name more': (place) => fs.writeFileSync(place('project/folder/new'), ''),
  'something missing has come': (place) => fs.writeFileSync(place('project/missing'), ''),
  'the store may not be written to': (place) => fs.chmodSync(place('store'), 0o500),
  'the program is another one': (place) => fs.writeFileSync(place('program.js'), 'newer'),
  'the answer is torn': (_, file) => fs.truncateSync(file, 100),
  'a bit of the answer is another one': (_, file) => {
    const bytes = fs.readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
    fs.writeFileSync(file, bytes);
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`no answer is found when ${name}`, () => {
    using kept = new Kept();
    change((at) => kept.place(at), kept.file);
    assert.equal(kept.find(), undefined);
  });
}

test('no answer is found for another command line, folder or environment', () => {
  using kept = new Kept();
  const { env } = kept.request;
  assert.equal(kept.find({ argv: ['build'] }), undefined);
  assert.equal(kept.find({ cwd: kept.root }), undefined);
  assert.equal(kept.find({ env: { ...env, ASKED: 'no' } }), undefined);
  assert.equal(kept.find({ env: { ...env, NOT_THERE: '' } }), undefined);
  assert.equal(kept.find({ env: { ...env, PYCONTAINER_STORE: kept.place('elsewhere') } }), undefined);
});

test('an answer that hangs on all variables is found only with the same', () => {
  using kept = new Kept();
  kept.keep(true, ['*']);
  assert(kept.find() !== undefined);
  assert.equal(kept.find({ env: { ...kept.request.env, ONE_MORE: '' } }), undefined);
});

test('an answer lasts for an hour, and one from the future is none', () => {
  using kept = new Kept();
  assert.equal(kept.find({}, hourMs), undefined);
  assert.equal(kept.find({}, -1), undefined);
});

test('what is not sound is not kept, and no value of a variable is', () => {
  using kept = new Kept();
  const before = fs.statSync(kept.file, { bigint: true }).ino;
  assert(!fs.readFileSync(kept.file, 'utf8').includes('hunter2'));
  kept.keep(false);
  assert.equal(fs.statSync(kept.file, { bigint: true }).ino, before);
});

test('an answer that cannot be written is no mistake', () => {
  using kept = new Kept();
  fs.rmSync(kept.place('store'), { recursive: true });
  fs.writeFileSync(kept.place('store'), 'not a folder');
  kept.keep(true);
  assert.equal(kept.find(), undefined);
});
