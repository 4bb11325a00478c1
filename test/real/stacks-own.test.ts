import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hasCompiler, ownPins, ownWheels } from '../support/own-stack.ts';
import { standsOnEveryBase, stackMissing } from '../support/stack.ts';

const app = `import apish
import numish
import sciish


def answer():
    squares = (numish.square([1.0, 2.0]), sciish.square([3.0, 4.0]))
    return f"{apish.page('é')} {apish.words()} {apish.admin()} {squares}"
`;

test('native and pure wheels of our own, shaped like those that projects use', { skip: stackMissing }, async (t) => {
  if (!hasCompiler) t.diagnostic('no C compiler here: two of the packages are pure');
  const wheels = await ownWheels();
  await standsOnEveryBase(t, {
    requirements: ownPins,
    files: { 'app.py': app },
    entrypoint: ['servish', 'app:answer'],
    answer: /^<p>"\\u00e9"<\/p> words admin \(5\.0, 25\.0\)$/,
    shadows: ['apish', 'apish_core', 'loopish', 'numish', 'servish'],
    settings: ({ root, env }) => {
      const folder = path.join(root, 'wheels');
      mkdirSync(folder);
      for (const { filename, bytes } of wheels) writeFileSync(path.join(folder, filename), bytes);
      Object.assign(env, { PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1' });
    },
  });
});
