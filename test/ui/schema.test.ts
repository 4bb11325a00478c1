import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { rawErrorLine, rawLine } from '../../src/ui/rawjson.ts';
import { validator } from '../support/schemas.ts';
import { allSamples } from './events.ts';

test('every event, and an error, is as the schema says', () => {
  const validate = validator('events');
  for (const event of allSamples) validate(JSON.parse(rawLine(event)));
  const others = [new PycontainerError('internal', 'two', { location: { file: 'a', line: 1, column: 1 } })];
  validate(JSON.parse(rawErrorLine(new PycontainerError('usage', 'one', { others }))));
});

test('what is not an event is refused', () => {
  const validate = validator('events');
  const done = { version: 1, type: 'done', durationMs: 1, built: 1, fresh: 1, sentBytes: 0, savedBytes: 0 };
  for (const wrong of [
    { ...done, version: 2 },
    { ...done, more: 1 },
    { ...done, built: -1 },
    { ...done, type: 'x' },
  ]) {
    assert.throws(() => validate(wrong));
  }
});
