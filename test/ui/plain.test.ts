import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainLines } from '../../src/ui/plain.ts';
import { allSamples } from './events.ts';

const lines = (verbose: boolean): readonly string[] =>
  allSamples.flatMap((event) => plainLines(event, { verbose, cwd: '/project' }));

test('every event has its line, or none', () => {
  assert.deepEqual(lines(false), [
    'assumed  no manifest',
    'assumed  api: start: x',
    'base     python:3.12-slim is sha256:1',
    'stale    app: never built',
    'built    app, 4.1 kB in 1.2 s',
    'cached   numpy 2.3.5, 21.3 MB from ghcr.io/acme/cache',
    'cache    ghcr.io/acme/cache: 1 layer written, 4.1 kB; 2 there already',
    'cache    ghcr.io/acme/cache: up to date',
    'fetched  six.whl, 2.0 kB',
    'output   api → out sha256:444444444444… (sent 2.0 kB, saved 30.0 MB)',
    'output   api → ghcr.io/acme/api:dev sha256:444444444444… (up to date)',
    'store    sha256:555555555555… was damaged and is made again',
    'warning[wheel-yanked]: six 1 was yanked',
    'warning[lock-choice]: a.yaml:3: two locks',
    '  = help: Name one.',
    'run      api started in 210 ms → http://localhost:8000 (shop-api)',
    'run      api synced, 2 files in 12 ms (shop-api)',
    'run      api exited with 3 (shop-api)',
    'api      | GET http://x/?page=2 \uFFFD[2Jb',
    'done     1 layer built, 3 fresh, in 1 m 01 s; sent 2.0 kB, saved 60.0 MB',
    'watching 212 files for api, worker',
    'changed  src/a.py, src/b.py and 3 more',
    'changed  pycontainer.yaml',
    'rebuilt  api, worker in 23 ms',
    'error[manifest-invalid]: no target',
    ' --> pycontainer.yaml:2:1',
    '  = help: Add one.',
    'mended   it builds again',
  ]);
});

test('verbose says more', () => {
  assert.deepEqual(
    lines(true).filter((line) => !lines(false).includes(line)),
    ['plan     3 fresh, 1 stale, in 12 ms', 'failed   app:1'],
  );
});

test('nothing of a name can steer a terminal or begin a line of its own', () => {
  const path = 'a\u001B[2J\n::error::b';
  const [line, ...more] = plainLines(
    { type: 'node-started', node: 'x', kind: 'app', title: 'app', reasons: [{ kind: 'file', change: 'added', path }] },
    { verbose: false, cwd: '/' },
  );
  assert.equal(line, 'stale    app: a\uFFFD[2J\uFFFD::error::b added');
  assert.deepEqual(more, []);
});
