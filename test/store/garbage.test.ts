import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

/** The most that half a gigabyte of chunks held at once, each dropped right away, in MB. */
function mostHeld(isTold: boolean): number {
  const program = `
    import { chunkPassed } from '${new URL('../../src/store/garbage.ts', import.meta.url).href}';
    let most = 0;
    for (let count = 0; count < 8192; count += 1) {
      const chunk = Buffer.allocUnsafeSlow(65536);
      if (${isTold}) chunkPassed(chunk);
      if (count % 16 > 0) continue;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    console.log(String(most / 1e6));`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

test('chunks of large bodies do not pile up, as they do where nobody is told of them', () => {
  const told = mostHeld(true);
  const untold = mostHeld(false);
  assert(told < 40 && told < untold / 2, `${told} MB, and ${untold} MB where nobody is told`);
});

/** What V8 keeps for its young generation after many small objects, some of them in use for a while, in MB. */
function youngAfter(isKeptSmall: boolean): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepYoungSmall } from '${new URL('../../src/store/garbage.ts', import.meta.url).href}';
    const fill = (held = []) => {
      for (let count = 0; count < 300_000; count += 1) {
        held.push({ count });
        if (held.length > 50_000) held = [];
      }
    };
    fill();
    if (${isKeptSmall}) keepYoungSmall();
    fill();
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(String(young.space_size / 1e6));`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

test('the young generation becomes small again when it is told to, and stays so', () => {
  const kept = youngAfter(true);
  const grown = youngAfter(false);
  assert(kept < 8 && kept < grown / 2, `${kept} MB, and ${grown} MB where it may grow`);
});
