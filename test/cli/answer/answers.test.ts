import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { AnswerFile, type Request } from '../../../src/cli/answer/answer.ts';
import { AnswerKeeper } from '../../../src/cli/answer/answers.ts';
import { Trace } from '../../../src/cli/answer/trace.ts';
import type { Console } from '../../../src/cli/console.ts';
import { plainPaint } from '../../../src/ui/paint.ts';

const silent: Console = {
  emit: () => undefined,
  result: () => undefined,
  error: () => undefined,
  control: () => undefined,
  close: () => undefined,
  paint: plainPaint,
};

test('no secret of a command line, or of what was told, stands in an answer', async () => {
  const store = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-answers-'));
  fs.mkdirSync(path.join(store, 'tmp'));
  const secret = 'web.environment={TOKEN: hunter2}';
  const env = { PYCONTAINER_STORE: store };
  const request: Request = { argv: ['build', '--set', secret], cwd: '/', env, program: '/program.js' };
  const options = { progress: 'plain', verbose: false, quiet: false, set: [secret] } as const;
  const keeper = new AnswerKeeper(request, new AnswerFile(request), 'idle', new Trace(store));
  await keeper.listen(silent, options, async ({ emit, result }) => {
    emit({ type: 'planned', fresh: 1, stale: 0, durationMs: 1, images: [] });
    emit({ type: 'assumed', what: 'https://me:hunter2@example.com/simple' });
    result('web sha256:1');
    return 0;
  });
  const [name = ''] = fs.readdirSync(path.join(store, 'results/answer'));
  const text = fs.readFileSync(path.join(store, 'results/answer', name), 'utf8');
  const kept = new AnswerFile(request).read();
  fs.rmSync(store, { recursive: true });
  assert(kept !== undefined && 'said' in kept && kept.said.length === 3);
  assert(!text.includes('hunter2'), text);
});

test('a command that fails leaves everything as it was', async () => {
  const { readFileSync } = fs;
  const request: Request = {
    argv: ['build'],
    cwd: '/',
    env: { PYCONTAINER_STORE: '/nowhere' },
    program: '/program.js',
  };
  const keeper = new AnswerKeeper(request, new AnswerFile(request), 'idle', new Trace('/nowhere'));
  assert.notEqual(fs.readFileSync, readFileSync);
  const options = { progress: 'plain', verbose: false, quiet: false } as const;
  await assert.rejects(keeper.listen(silent, options, () => Promise.reject(new Error('It failed'))));
  assert.equal(fs.readFileSync, readFileSync);
});
