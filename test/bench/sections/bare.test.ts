import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builderNames } from '../builders.ts';
import { dockerGoals } from './bare.ts';

const times = (name: string, ms: number) => ({ name, times: [ms], peaksBytes: [] });

test('dependencies are compared by whole builds, and by what they add to one', () => {
  const { ours, docker } = builderNames;
  const results = [
    times(ours, 3000),
    times(docker, 12_000),
    times(`${ours}, no wheels`, 1000),
    times(`${docker}, no wheels`, 2000),
  ];
  const found = (list: typeof results) => dockerGoals(list, docker, 'pip').map((goal) => goal.found);
  assert.deepEqual(found(results), [4, 5]);
  assert.deepEqual(found(results.slice(0, 3)), [4, undefined], 'nothing is said of what was not measured');
});
