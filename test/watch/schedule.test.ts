import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  idle,
  type Input,
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

/** Plays changes at these times, with rounds that take so long, by turns; every wake-up comes when it was asked for. */
function play(changesMs: readonly number[], roundsMs: readonly number[]): readonly Round[] {
  const changes = changesMs.toSorted((a, b) => a - b);
  const rounds: Round[] = [];
  let schedule: Schedule = idle;
  let wakeMs: number | undefined;
  const give = (input: Input, atMs: number): void => {
    const next = step(schedule, input, atMs);
    schedule = next.schedule;
    for (const effect of next.effects) {
      if (effect.kind === 'wake') {
        assert(effect.atMs > atMs, 'a wake-up lies ahead');
        wakeMs = effect.atMs;
        continue;
      }
      assert((rounds.at(-1)?.endMs ?? 0) <= atMs, 'one round runs at a time');
      rounds.push({ startMs: atMs, endMs: atMs + (roundsMs[rounds.length % roundsMs.length] ?? 1) });
      ends.push(rounds.at(-1)!.endMs);
    }
  };
  const ends: number[] = [];
  for (;;) {
    const [change = Infinity, end = Infinity, wake = Infinity] = [changes[0], ends[0], wakeMs];
    const atMs = Math.min(change, end, wake);
    if (atMs === Infinity) break;
    if (atMs === change) {
      changes.shift();
      give('change', atMs);
    } else if (atMs === end) {
      ends.shift();
      give('end', atMs);
    } else {
      wakeMs = undefined;
      give('wake', atMs);
    }
  }
  assert.equal(schedule.isRunning, false);
  assert.equal(schedule.pending, undefined);
  return rounds;
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
        assert(looking.startMs <= Math.max(change + longestBurstMs, busyUntil), `${change} waits too long`);
      }
    }),
  );
});

test('no round begins without a change since the last one began', () => {
  fc.assert(
    fc.property(times, durations, (changes, lengths) => {
      const rounds = play(changes, lengths);
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

test('a save is looked at soon, and truncation and writing are one', () => {
  assert.deepEqual(play([100, 102, 103], [20]), [{ startMs: 103 + quietMs, endMs: 123 + quietMs }]);
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
  assert.equal(rounds.at(-1)?.startMs, 20_000 + quietMs);
});

test('a wake-up that comes too early, or for nothing, does nothing', () => {
  assert.deepEqual(step(idle, 'wake', 5), { schedule: idle, effects: [] });
  const { schedule } = step(idle, 'change', 100);
  assert.deepEqual(step(schedule, 'wake', 101).effects, [{ kind: 'wake', atMs: 100 + quietMs }]);
});
