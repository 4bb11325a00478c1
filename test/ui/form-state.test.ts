import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formLines, type FormKey, type FormState, openForm, pressedKey, typedText } from '../../src/ui/form-state.ts';
import { widthOf } from '../../src/ui/span.ts';

const questions = [
  { label: 'Base', about: 'the image below', usual: 'python:3.13' },
  {
    label: 'Port',
    about: 'a number',
    usual: '80',
    mistake: (text: string) => (/^\d+$/.test(text) ? undefined : 'no number'),
  },
];

/** Words are typed, keys stand in brackets. */
function after(...inputs: readonly (string | { readonly key: FormKey })[]): FormState {
  return inputs.reduce<FormState>(
    (state, input) => (typeof input === 'string' ? typedText(state, input) : pressedKey(state, input.key)),
    openForm(questions),
  );
}

const enter = { key: 'enter' } as const;

const shown = (state: FormState, columns = 60): readonly string[] =>
  formLines(state, columns).map((line) => line.map(({ text }) => text).join(''));

test('an empty answer is the usual one', () => {
  assert.deepEqual(after(enter, enter).answers, ['python:3.13', '80']);
  assert.deepEqual(after('alpine', enter, ' 81 ', enter).answers, ['alpine', '81']);
  assert.deepEqual(after(enter, enter, enter).answers.length, 2);
});

test('a mistake is shown until something is typed, and nothing is answered with it', () => {
  const state = after(enter, 'x', enter);
  assert.deepEqual([state.answers, state.mistake], [['python:3.13'], 'no number']);
  assert.deepEqual(shown(state), ['✓ Base  python:3.13', '? Port  x▏', '  no number']);
  assert.equal(typedText(state, '1').mistake, undefined);
  assert.equal(typedText(state, '').mistake, 'no number');
});

test('what is typed can be erased, by signs or as a whole, and questions be asked again', () => {
  assert.equal(after('a😀', { key: 'erase' }).typed, 'a');
  assert.equal(after({ key: 'erase' }).typed, '');
  assert.equal(after('abc', { key: 'clear' }).typed, '');
  assert.deepEqual([after('x', enter, { key: 'back' }).typed, after('x', enter, { key: 'back' }).answers], ['x', []]);
  assert.deepEqual(after({ key: 'back' }).answers, []);
});

test('what is pasted cannot steer the terminal', () => {
  assert.equal(after('a\u001B[2J\tb').typed, 'a[2Jb');
});

test('no line is wider than the terminal, and the end of what is typed stays in sight', () => {
  const state = after('a-very-long-name-of-a-base-that-does-not-fit:3.13-包');
  for (const columns of [20, 40]) {
    for (const line of formLines(state, columns)) assert.ok(widthOf(line) <= columns);
  }
  assert.match(shown(state, 20)[0] ?? '', /-包▏$/);
});
