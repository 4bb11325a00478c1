import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { rawErrorLine, rawLine } from '../../src/ui/rawjson.ts';
import { allSamples, samples } from './events.ts';

test('every event is one line of JSON with the format’s version', () => {
  for (const event of allSamples) {
    const line = rawLine(event);
    assert.ok(!line.includes('\n'));
    const { version, type } = JSON.parse(line) as { version: unknown; type: unknown };
    assert.deepEqual([version, type], [1, event.type]);
  }
});

test('an error within an event keeps what programs need', () => {
  const { error } = JSON.parse(rawLine(samples['node-failed'][0]!)) as { error: unknown };
  assert.deepEqual(error, {
    code: 'file-unreadable',
    message: 'a.py cannot be read',
    hint: 'Look.',
    others: [{ code: 'internal', message: 'more' }],
  });
});

test('the error that ended it is a line too, with its place', () => {
  const location = { file: 'a.yaml', line: 1, column: 2 };
  assert.deepEqual(JSON.parse(rawErrorLine(new PycontainerError('usage', 'no', { location }))), {
    version: 1,
    type: 'error',
    error: { code: 'usage', message: 'no', location },
  });
});
