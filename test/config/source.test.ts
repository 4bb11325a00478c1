import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SourceText } from '../../src/config/source.ts';

test('a place has its line and column from 1, and the line’s text without its end', () => {
  const source = new SourceText('f', 'ab\r\ncd\n\nef');
  const at = (start: number, end: number): unknown[] => {
    const { file, line, column, length, text } = source.locate(start, end);
    return [file, line, column, length, text];
  };
  assert.deepEqual(at(0, 2), ['f', 1, 1, 2, 'ab']);
  assert.deepEqual(at(5, 6), ['f', 2, 2, 1, 'cd']);
  assert.deepEqual(at(7, 7), ['f', 3, 1, 1, '']);
  assert.deepEqual(at(10, 10), ['f', 4, 3, 1, 'ef']);
});

test('a span over several lines is underlined on its first alone', () => {
  assert.equal(new SourceText('f', 'a: b\nc').locate(3, 6).length, 1);
  assert.equal(new SourceText('f', 'a: bc\r\nd').locate(3, 8).length, 2);
});

test('any offsets give a place inside the text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\t', '\u{1F600}'), maxLength: 20 });
  fc.assert(
    fc.property(text, fc.nat(20), fc.nat(20), (text, a, b) => {
      const [start, end] = [Math.min(a, text.length), Math.min(a + b, text.length)];
      const { line, column, length = 0, text: shown = '' } = new SourceText('f', text).locate(start, end);
      assert.equal(text.split('\n')[line - 1]?.replace(/\r$/, ''), shown);
      assert.ok(column >= 1 && column <= shown.length + 1 && length >= 1);
    }),
  );
});
