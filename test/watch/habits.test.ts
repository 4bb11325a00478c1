import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'node:test';
import { waitFor } from '../support/daemon.ts';
import { WatchedTree } from './watched-tree.ts';

interface Habit {
  readonly name: string;
  readonly act: (tree: WatchedTree) => unknown;
  /** Rounds at most, the looks at new folders included. */
  readonly rounds: number;
}

const before = { 'src/a.py': 'a', 'src/b.py': 'b', 'src/deep/er/c.py': 'c', 'main.py': 'm' };

const habits: readonly Habit[] = [
  {
    name: 'an atomic rename, as vim saves',
    act: (tree) => {
      fs.writeFileSync(tree.path('src/4913'), '');
      fs.rmSync(tree.path('src/4913'));
      fs.renameSync(tree.path('src/a.py'), tree.path('src/a.py~'));
      fs.writeFileSync(tree.path('src/a.py'), 'saved');
      fs.rmSync(tree.path('src/a.py~'));
    },
    rounds: 1,
  },
  {
    name: 'truncation and writing in two steps',
    act: (tree) => {
      const file = fs.openSync(tree.path('src/a.py'), 'w');
      fs.writeSync(file, 'first half, ');
      fs.writeSync(file, 'second half');
      fs.closeSync(file);
    },
    rounds: 1,
  },
  {
    name: 'a safe write through a temporary file',
    act: (tree) => {
      fs.writeFileSync(tree.path('src/.a.py.tmp-1'), 'saved');
      fs.renameSync(tree.path('src/.a.py.tmp-1'), tree.path('src/a.py'));
    },
    rounds: 1,
  },
  {
    name: 'a rename that changes only case',
    act: (tree) => fs.renameSync(tree.path('src/a.py'), tree.path('src/A.py')),
    rounds: 1,
  },
  {
    name: 'a folder that is deleted',
    act: (tree) => fs.rmSync(tree.path('src/deep'), { recursive: true }),
    rounds: 2,
  },
  {
    name: 'a symlink that is switched',
    act: (tree) => {
      fs.symlinkSync('b.py', tree.path('src/link.new'));
      fs.renameSync(tree.path('src/link.new'), tree.path('src/link'));
    },
    rounds: 1,
  },
  {
    name: 'an mkdir -p with a file in the deepest folder',
    act: (tree) => tree.write('x/y/z/w/new.py', 'new'),
    rounds: 2,
  },
  {
    name: 'a rename of a folder',
    act: (tree) => fs.renameSync(tree.path('src/deep'), tree.path('elsewhere')),
    rounds: 2,
  },
];

for (const { name, act, rounds } of habits) {
  test(`${name} is seen, in ${rounds === 1 ? 'one round' : `${rounds} rounds at most`}`, async () => {
    await using tree = await WatchedTree.start(before);
    const start = tree.rounds.length;
    await act(tree);
    await tree.settled();
    assert(tree.rounds.length - start <= rounds, `${tree.rounds.length - start} rounds`);
    assert(tree.rounds.length > start);
    tree.write('src/b.py', 'and after that');
    await tree.seen();
  });
}

test('what stands in a folder’s place later is watched as the folder was', async () => {
  await using tree = await WatchedTree.start(before);
  fs.rmSync(tree.path('src'), { recursive: true });
  tree.write('src/a.py', 'made anew at once');
  await tree.settled();
  tree.write('src/a.py', 'changed');
  await tree.seen();
  tree.write('other/a.py', 'another folder');
  await tree.settled();
  fs.renameSync(tree.path('src'), tree.path('src.old'));
  fs.renameSync(tree.path('other'), tree.path('src'));
  await tree.settled();
  tree.write('src/a.py', 'changed in the other folder');
  await tree.seen();
});

test('a whole tree that goes and comes back is watched again', async () => {
  await using tree = await WatchedTree.start(before);
  fs.rmSync(tree.root, { recursive: true });
  await tree.settled();
  assert.equal(tree.rounds.at(-1)?.size, 0);
  tree.write('src/a.py', 'back');
  await tree.settled();
  tree.write('src/a.py', 'changed');
  await tree.seen();
});

test('two writes within 50 ms are one round once it is known that saves come so', async () => {
  await using tree = await WatchedTree.start(before);
  const roundsOfSave: number[] = [];
  // On a busy machine the second write may come later than that; the exact bounds are in schedule.test.ts.
  while (roundsOfSave.length < 2 || (roundsOfSave.at(-1) !== 1 && roundsOfSave.length < 30)) {
    const start = tree.rounds.length;
    tree.write('src/a.py', `saved ${roundsOfSave.length}`);
    await wait(40);
    tree.write('src/a.py', `formatted ${roundsOfSave.length}`);
    await tree.settled();
    roundsOfSave.push(tree.rounds.length - start);
  }
  assert.equal(roundsOfSave.at(-1), 1, `${roundsOfSave.join(', ')} rounds`);
});

test('2,000 files that change as in a checkout are seen in few rounds', async () => {
  const names = Array.from({ length: 2000 }, (_, index) => `src/p${index % 40}/m${index}.py`);
  await using tree = await WatchedTree.start(Object.fromEntries(names.map((name) => [name, 'one branch'])));
  const start = tree.rounds.length;
  // At most one round begins in each pause, however slow the machine is.
  for (const [index, name] of names.entries()) {
    fs.rmSync(tree.path(name));
    if (index % 3 !== 0) tree.write(name.replace('src/p1', 'src/q1'), 'another branch');
    if (index % 250 === 0) await wait(1);
  }
  await tree.settled();
  assert(tree.rounds.length - start <= 12, `${tree.rounds.length - start} rounds`);
  tree.write('src/q1/new.py', 'after the checkout');
  await tree.seen();
});

test('20,000 events at once, more than a queue may hold, lose nothing', async () => {
  await using tree = await WatchedTree.start(before);
  for (let index = 0; index < 10_000; index += 1) fs.writeFileSync(tree.path(`src/n${index}`), '');
  tree.write('src/late/er/c.py', 'in a folder that was made meanwhile');
  for (let index = 0; index < 10_000; index += 1) fs.rmSync(tree.path(`src/n${index}`));
  await tree.settled();
  tree.write('src/late/er/c.py', 'changed');
  await tree.seen();
});

test('a file that another process keeps writing is seen as it stands at the end', async () => {
  await using tree = await WatchedTree.start(before);
  const script = `const fs = require('fs'); const file = fs.openSync(process.argv[1], 'w');
    let part = 0;
    const timer = setInterval(() => { fs.writeSync(file, 'part ' + part++ + '\\n'); if (part === 40) clearInterval(timer); }, 5);`;
  const writer = spawn(process.execPath, ['-e', script, tree.path('src/a.py')], { stdio: 'inherit' });
  await once(writer, 'exit');
  await tree.settled();
  assert.match(tree.rounds.at(-1)?.get('src/a.py') ?? '', /part 39\n$/);
});

test('what is not among the folders makes no round', async () => {
  await using tree = await WatchedTree.start({ ...before, '.venv/x.py': 'x' }, { ignored: ['.venv', '.git'] });
  const start = tree.rounds.length;
  tree.write('.venv/x.py', 'changed');
  tree.write('.venv/lib/y.py', 'new');
  await tree.settled();
  assert.equal(tree.rounds.length, start);
  tree.write('main.py', 'this matters');
  await tree.settled();
  assert.equal(tree.rounds.length, start + 1);
});

test('while polling, all is looked at again and again', async () => {
  await using tree = await WatchedTree.start(before, { pollMs: 20 });
  tree.write('src/a.py', 'changed');
  await tree.seen();
  const start = tree.rounds.length;
  await waitFor(async () => tree.rounds.length > start + 2, 'more rounds');
});
