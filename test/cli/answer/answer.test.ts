import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Answer, AnswerFile, askedBy, judgeAnswer, type Request } from '../../../src/cli/answer/answer.ts';
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
    this.keep();
    this.#letClockTick();
  }

  place(name: string): string {
    return path.join(this.root, name);
  }

  keep(variables: readonly string[] = ['ASKED', 'SECRET', 'NOT_THERE']): void {
    const looks: readonly (readonly [Aspect, string])[] = [
      ['content', 'project/file'],
      ['link', 'project/link'],
      ['content', 'project/link'],
      ['real', 'project/link'],
      ['content', 'project/folder'],
      ['access', 'store'],
      ['content', 'project/missing'],
    ];
    const marks = looks.flatMap(([aspect, name]): [string, string] => {
      const at = this.place(name);
      return [`${aspect} ${at}`, markOf(aspect, at).text];
    });
    const asked = askedBy(this.request, variables);
    new AnswerFile(this.request).write({ asked, variables, looks: marks, foundMs: this.keptMs, ...told });
  }

  /** The answer, or what is wrong with it. */
  async find(request: Partial<Request> = {}, laterMs = 1): Promise<Answer | string> {
    const wanted = { ...this.request, ...request };
    const noted = new AnswerFile(wanted).read();
    if (noted === undefined || !('said' in noted)) return 'none';
    const verdict = await judgeAnswer(noted, wanted, this.keptMs + laterMs);
    return verdict === 'good' ? noted : verdict;
  }

  async good(request: Partial<Request> = {}, laterMs = 1): Promise<Answer> {
    const found = await this.find(request, laterMs);
    assert(typeof found !== 'string', JSON.stringify(found));
    return found;
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

test('an answer is found again while nothing has changed, and what its looks do not touch may change', async () => {
  using kept = new Kept();
  assert.deepEqual((await kept.good()).said, told.said);
  fs.writeFileSync(kept.place('project/other'), 'changed');
  fs.writeFileSync(kept.place('store/new'), 'the store is used by others too');
  assert.deepEqual((await kept.good({ env: { ...kept.request.env, NOT_ASKED: 'x' } })).options, told.options);
  assert.equal((await kept.good({}, hourMs - 1)).foundMs, kept.keptMs);
});

/** What may happen; `place` is a path below the folder. */
const changes: Readonly<Record<string, (place: (name: string) => string) => void>> = {
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
};

/** The same, of the answer itself. */
const damages: Readonly<Record<string, (file: string) => void>> = {
  'it is torn': (file) => fs.truncateSync(file, 100),
  'one bit of it is another one': (file) => {
    const bytes = fs.readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
    fs.writeFileSync(file, bytes);
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`an answer does not hold when ${name}`, async () => {
    using kept = new Kept();
    change((at) => kept.place(at));
    assert.equal(await kept.find(), 'changed');
  });
}

for (const [name, damage] of Object.entries(damages)) {
  test(`an answer is none when ${name}`, async () => {
    using kept = new Kept();
    damage(kept.file);
    assert.equal(await kept.find(), 'none');
  });
}

test('an answer is for one command line, folder, store, environment and program', async () => {
  using kept = new Kept();
  const { env } = kept.request;
  assert.equal(await kept.find({ argv: ['build'] }), 'none');
  assert.equal(await kept.find({ cwd: kept.root }), 'none');
  assert.equal(await kept.find({ env: { ...env, PYCONTAINER_STORE: kept.place('elsewhere') } }), 'none');
  assert.equal(await kept.find({ env: { ...env, ASKED: 'no' } }), 'old');
  assert.equal(await kept.find({ env: { ...env, NOT_THERE: '' } }), 'old');
  fs.writeFileSync(kept.place('program.js'), 'newer');
  assert.equal(await kept.find(), 'old');
});

test('an answer that hangs on all variables holds only with the same', async () => {
  using kept = new Kept();
  kept.keep(['*']);
  await kept.good();
  assert.equal(await kept.find({ env: { ...kept.request.env, ONE_MORE: '' } }), 'old');
});

test('an answer lasts for an hour, and one from the future is none', async () => {
  using kept = new Kept();
  assert.equal(await kept.find({}, hourMs), 'old');
  assert.equal(await kept.find({}, -1), 'old');
});

test('no value of a variable stands in an answer', async () => {
  using kept = new Kept();
  const text = fs.readFileSync(kept.file, 'utf8');
  assert(text.includes('SECRET') && !text.includes('hunter2'));
});

test('an answer that cannot be written or taken away is no mistake', async () => {
  using kept = new Kept();
  fs.rmSync(kept.place('store'), { recursive: true });
  fs.writeFileSync(kept.place('store'), 'not a folder');
  kept.keep();
  new AnswerFile(kept.request).drop();
  assert.equal(await kept.find(), 'none');
});
