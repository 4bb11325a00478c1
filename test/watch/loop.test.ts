import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loop } from '../../src/watch/loop.ts';
import { temporaryFolder, waitFor } from '../support/daemon.ts';

const never = 2 ** 31 - 1;

interface Looped extends AsyncDisposable {
  readonly root: string;
  /** What each round was told to look into. */
  readonly rounds: readonly (ReadonlySet<string> | undefined)[];
}

/** A loop over a folder and one in it, once all that came of its beginning is over. */
async function looped(options: { readonly checkMs: number; readonly pollMs?: number }): Promise<Looped> {
  const root = temporaryFolder('loop');
  const folders = [root, path.join(root, 'src')];
  fs.mkdirSync(path.join(root, 'src'));
  const rounds: (ReadonlySet<string> | undefined)[] = [];
  const ending = new AbortController();
  const { signal } = ending;
  const round = async (
    _turn: unknown,
    _firstMs: number,
    changedIn?: ReadonlySet<string>,
  ): Promise<readonly string[]> => {
    rounds.push(changedIn);
    return folders;
  };
  const ended = loop({ ...options, round, onRefusal: () => undefined, signal });
  await waitFor(async () => rounds.length > 1, 'the look into folders that were not watched before');
  return {
    root,
    rounds,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await ended;
      fs.rmSync(root, { recursive: true });
    },
  };
}

const isLinux = process.platform === 'linux';

test('a round is told the folder of each change', { skip: !isLinux }, async () => {
  await using watched = await looped({ checkMs: never });
  const before = watched.rounds.length;
  fs.writeFileSync(path.join(watched.root, 'src/a.py'), 'x');
  await waitFor(async () => watched.rounds.length > before, 'a round');
  assert.deepEqual([...(watched.rounds[before] ?? [])], [path.join(watched.root, 'src')]);
});

test('some time after a round that looked at a part, one looks at everything', { skip: !isLinux }, async () => {
  await using watched = await looped({ checkMs: 20 });
  const before = watched.rounds.length;
  await waitFor(async () => watched.rounds.lastIndexOf(undefined) > 0, 'a round that looks at everything');
  fs.writeFileSync(path.join(watched.root, 'src/a.py'), 'x');
  await waitFor(async () => watched.rounds.slice(before).some((folders) => folders !== undefined), 'the change');
  const part = watched.rounds.findLastIndex((folders) => folders !== undefined);
  await waitFor(async () => watched.rounds.lastIndexOf(undefined) > part, 'a round that looks at everything');
});

test('while polling, every round looks at everything', async () => {
  await using watched = await looped({ checkMs: never, pollMs: 5 });
  fs.writeFileSync(path.join(watched.root, 'src/a.py'), 'x');
  await waitFor(async () => watched.rounds.length > 4, 'some rounds');
  assert.deepEqual(new Set(watched.rounds), new Set([undefined]));
});

test('a folder that goes has everything looked at', async () => {
  await using watched = await looped({ checkMs: never });
  const before = watched.rounds.length;
  fs.rmdirSync(path.join(watched.root, 'src'));
  await waitFor(async () => watched.rounds.slice(before).includes(undefined), 'a round that looks at everything');
});
