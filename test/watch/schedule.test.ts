import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  idle,
  type Input,
  leadMs,
  longestBurstMs,
  patientQuietMs,
  quietMs,
  type Schedule,
  step,
} from '../../src/watch/schedule.ts';

interface Round {
  readonly startMs: number;
  readonly endMs: number;
}

interface Played extends Round {
  readonly isVoid: boolean;
}

/** A round that is void ends so soon. */
const voidMs = 1;

/** Plays changes at these times, with rounds that take so long, by turns; every wake-up comes when it was asked for. */
function playAll(changesMs: readonly number[], roundsMs: readonly number[]): readonly Played[] {
  const changes = changesMs.toSorted((a, b) => a - b);
  const rounds: Played[] = [];
  let schedule: Schedule = idle;
  let wakeMs: number | undefined;
  let startMs: number | undefined;
  let endMs: number | undefined;
  const end = (atMs: number, isVoid: boolean): void => {
    assert(startMs !== undefined && endMs === undefined, 'what runs stands or is void, once');
    endMs = isVoid ? atMs + voidMs : Math.max(startMs + (roundsMs[rounds.length % roundsMs.length] ?? 1), atMs);
    rounds.push({ startMs, endMs, isVoid });
  };
  const give = (input: Input, atMs: number): void => {
    const next = step(schedule, input, atMs);
    schedule = next.schedule;
    for (const effect of next.effects) {
      if (effect.kind === 'wake') {
        assert(effect.atMs > atMs, 'a wake-up lies ahead');
        wakeMs = effect.atMs;
      } else if (effect.kind === 'run') {
        assert.equal(startMs, undefined, 'one round runs at a time');
        startMs = atMs;
      } else end(atMs, effect.kind === 'void');
    }
  };
  for (;;) {
    const atMs = Math.min(changes[0] ?? Infinity, endMs ?? Infinity, wakeMs ?? Infinity);
    if (atMs === Infinity) break;
    if (atMs === changes[0]) {
      changes.shift();
      give('change', atMs);
    } else if (atMs === endMs) {
      [startMs, endMs] = [undefined, undefined];
      give('end', atMs);
    } else {
      wakeMs = undefined;
      give('wake', atMs);
    }
  }
  assert.equal(schedule.running, undefined);
  assert.equal(schedule.pending, undefined);
  return rounds;
}

/** The rounds that are noticed. */
function play(changesMs: readonly number[], roundsMs: readonly number[]): readonly Round[] {
  const standing = playAll(changesMs, roundsMs).filter(({ isVoid }) => !isVoid);
  return standing.map(({ startMs, endMs }) => ({ startMs, endMs }));
}

const times = fc.array(fc.nat(3000), { minLength: 1, maxLength: 60 });
const durations = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

test('every change is looked at by a round that begins after it, within bounds', () => {
  fc.assert(
    fc.property(times, durations, (changes, lengths) => {
      const rounds = play(changes, lengths);
      for (const change of changes) {
        const looking = rounds.find(({ startMs }) => startMs >= change);
        assert(looking !== undefined, `nothing looks at ${change}`);
        const busyUntil = rounds.find(({ startMs, endMs }) => startMs < change && endMs > change)?.endMs ?? change;
        const latestMs = Math.max(change + longestBurstMs, busyUntil) + voidMs;
        assert(looking.startMs <= latestMs, `${change} waits too long`);
      }
    }),
  );
});

test('no round begins without a change since the last one began', () => {
  fc.assert(
    fc.property(times, durations, (changes, lengths) => {
      const rounds = playAll(changes, lengths);
      for (const [index, { startMs }] of rounds.entries()) {
        const since = rounds[index - 1]?.startMs ?? -1;
        assert(changes.some((change) => change >= since && change <= startMs));
      }
    }),
  );
});

test('whatever changes while a round runs makes exactly one more', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 11, max: 400 }), { minLength: 1, maxLength: 100 }), (meanwhile) => {
      assert.equal(play([0, ...meanwhile], [500]).length, 2);
    }),
  );
});

test('a steady stream of changes starves nothing', () => {
  const stream = Array.from({ length: 2000 }, (_, index) => index * 5);
  const rounds = play(stream, [20]);
  for (const [index, { startMs }] of rounds.entries()) {
    assert(startMs - (rounds[index - 1]?.endMs ?? 0) <= longestBurstMs);
  }
  assert(rounds.length <= 10_000 / longestBurstMs + 1, `${rounds.length} rounds`);
});

test('a round is noticed only if nothing changed from its beginning until the burst is over', () => {
  fc.assert(
    fc.property(times, durations, (changes, lengths) => {
      const rounds = playAll(changes, lengths);
      for (const [index, { startMs, endMs, isVoid }] of rounds.entries()) {
        const before = changes.filter((change) => change <= startMs);
        const burstMs = before.reduce((a, b) => Math.max(a, b));
        const more = changes.some((change) => change > startMs && change <= burstMs + quietMs);
        const lookedAtMs = rounds.slice(0, index).findLast((round) => !round.isVoid)?.startMs ?? -1;
        const isLong = before.some((change) => change > lookedAtMs && change <= burstMs + quietMs - longestBurstMs);
        const isSoon = changes.some((change) => change > startMs && change <= burstMs + patientQuietMs);
        if (isVoid) assert(isSoon && rounds[index + 1] !== undefined);
        else assert((!more && endMs >= burstMs + quietMs) || isLong);
      }
    }),
  );
});

test('a save is looked at at once, and told when it is over', () => {
  assert.deepEqual(play([100], [20]), [{ startMs: 100 + leadMs, endMs: 120 + leadMs }]);
  assert.deepEqual(play([100], [1]), [{ startMs: 100 + leadMs, endMs: 100 + quietMs }]);
});

test('truncation and writing are one save', () => {
  assert.deepEqual(playAll([100, 102, 103], [20]), [
    { startMs: 101, endMs: 103, isVoid: true },
    { startMs: 103 + quietMs, endMs: 123 + quietMs, isVoid: false },
  ]);
});

test('a formatter that writes behind each save costs two rounds once, and then one a save', () => {
  const saves = Array.from({ length: 10 }, (_, index) => 1000 * index);
  const rounds = play(
    saves.flatMap((at) => [at, at + 45]),
    [20],
  );
  assert.equal(rounds.length, saves.length + 1);
  assert.equal(rounds.at(-1)?.startMs, 9045 + patientQuietMs);
});

test('once saves come in one part again, they are looked at soon again', () => {
  const rounds = play([0, 45, ...Array.from({ length: 20 }, (_, index) => 1000 * (index + 1))], [20]);
  assert.equal(rounds.at(-1)?.startMs, 20_000 + leadMs);
});

test('a wake-up that comes too early, or for nothing, does nothing', () => {
  assert.deepEqual(step(idle, 'wake', 5), { schedule: idle, effects: [] });
  const { schedule } = step(idle, 'change', 100);
  assert.deepEqual(step(schedule, 'wake', 100.5).effects, [{ kind: 'wake', atMs: 100 + leadMs }]);
});
