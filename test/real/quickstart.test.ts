import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { readLayout } from '../support/layout.ts';
import { pythonBaseMissing } from '../support/python-base.ts';

const root = path.join(import.meta.dirname, '../..');

test(
  'the quickstart builds the example, shows it, and finds all fresh the second time',
  {
    skip: pythonBaseMissing,
  },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/quickstart.ts'], { cwd: root });
    const image = readLayout(path.join(root, 'examples/hello/.pycontainer/images/hello'));
    for (const { digest } of image.layers) assert(stdout.includes(digest), `${digest} is shown`);
    assert.deepEqual(new Set(stdout.match(/^hello sha256:[0-9a-f]{64}$/gm)), new Set([`hello ${image.digest}`]));
    const [first = '', second = ''] = stdout.split('# Once more');
    assert.match(first, /dependencies +1 package in 1 layer +stale: never built\n +app .* stale: never built/);
    assert.match(second, /dependencies +1 package in 1 layer +fresh\n +app .* fresh\n +output .* fresh/);
  },
);
