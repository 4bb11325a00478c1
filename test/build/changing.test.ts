import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { Project } from '../support/project.ts';
import { filesOf, imageOf } from './image-files.ts';

const builds = 30;

for (const [what, sizeBytes] of [
  ['small', 64 << 10],
  ['large', 2 << 20],
] as const) {
  it(`a ${what} file that something rewrites all the time is packed whole or not at all, in ${builds} builds`, async (t) => {
    await using project = await Project.with({
      'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python], compression: {type: none}}}',
      'data.txt': Buffer.alloc(sizeBytes, 'A'),
      'other.txt': 'still\n',
    });
    const script = path.join(import.meta.dirname, 'rewriter-process.ts');
    const child = spawn(process.execPath, [script, String(sizeBytes), project.path('data.txt')], { stdio: 'inherit' });
    const exited = once(child, 'exit');
    let [whole, refused] = [0, 0];
    try {
      for (let index = 0; index < builds; index += 1) {
        const error: unknown = await project.up().then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error === undefined) {
          const text = (await filesOf(imageOf(project))).get('app/data.txt') ?? '';
          assert.equal(text, text.slice(0, 1).repeat(sizeBytes), 'letters of two writes');
          whole += 1;
        } else {
          assert(error instanceof PycontainerError);
          assert.equal(error.code, 'file-changed-while-read', error.message);
          assert.match(error.message, /data\.txt changed while it was read/);
          assert(error.hint !== undefined);
          refused += 1;
        }
        assert.deepEqual(fs.readdirSync(`${project.storeFolder}/tmp`), []);
      }
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    t.diagnostic(`${whole} images were whole, ${refused} builds refused`);
    await project.up();
    const text = (await filesOf(imageOf(project))).get('app/data.txt') ?? '';
    assert.equal(text, fs.readFileSync(project.path('data.txt'), 'utf8'), 'once it rests, it is what stands there');
  });
}
