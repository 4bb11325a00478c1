import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type ErrorCode, PycontainerError } from '../../src/errors.ts';
import type { WarningEvent } from '../../src/events.ts';
import { Doors } from '../../src/cache/doors.ts';

const here = { host: 'ghcr.io', repository: 'acme/cache' };
const there = { host: 'ghcr.io', repository: 'acme/other' };

interface Told {
  readonly doors: Doors;
  readonly warnings: WarningEvent[];
}

function doors(): Told {
  const warnings: WarningEvent[] = [];
  const emit = (event: unknown): void => void warnings.push(event as WarningEvent);
  return {
    doors: new Doors(emit, { code: 'cache-unreadable', message: 'gives no layers', hint: 'Go on.' }),
    warnings,
  };
}

const failing = (code: ErrorCode) => async (): Promise<never> => {
  await turn();
  throw new PycontainerError(code, 'it says no', { hint: 'Log in.' });
};

describe('the way to a repository', () => {
  it('is gone by one first, and by the others when that has come back', async () => {
    const { doors: way } = doors();
    let [running, most] = [0, 0];
    const ask = async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      if (most > 1) assert(asked > 0, 'the first was alone');
      await turn();
      running -= 1;
      return (asked += 1);
    };
    let asked = 0;
    const answers = await Promise.all(Array.from({ length: 5 }, () => way.through(here, ask)));
    assert.deepEqual(answers, [1, 2, 3, 4, 5]);
    assert.equal(most, 4);
  });

  it('is closed by a failure: one request, one warning', async () => {
    const { doors: way, warnings } = doors();
    let asked = 0;
    const ask = async (): Promise<never> => {
      asked += 1;
      return failing('registry-denied')();
    };
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => way.through(here, ask))), [undefined, undefined, undefined]);
    assert.equal(await way.through(here, ask), undefined);
    assert.equal(asked, 1);
    assert.deepEqual(warnings, [
      {
        type: 'warning',
        code: 'cache-unreadable',
        message: 'ghcr.io/acme/cache gives no layers: it says no',
        hint: 'Go on. Log in.',
      },
    ]);
    assert.equal(await way.through(there, async () => Promise.resolve('open')), 'open', 'another one is not');
  });

  it('is closed once by failures that come together', async () => {
    const { doors: way, warnings } = doors();
    await way.through(here, async () => Promise.resolve());
    await Promise.all([1, 2, 3].map(() => way.through(here, failing('network'))));
    assert.equal(warnings.length, 1);
  });

  for (const code of ['interrupted', 'disk-full', 'store-unusable', 'store-blob-damaged', 'internal'] as const) {
    it(`stays open where the fault is not the repository's: ${code}`, async () => {
      const { doors: way, warnings } = doors();
      await assert.rejects(way.through(here, failing(code)), { code });
      assert.equal(await way.through(here, async () => Promise.resolve('open')), 'open');
      assert.deepEqual(warnings, []);
    });
  }

  it('lets mistakes of our own through', async () => {
    const { doors: way } = doors();
    await assert.rejects(
      way.through(here, async () => Promise.reject(new TypeError('oops'))),
      TypeError,
    );
  });
});
