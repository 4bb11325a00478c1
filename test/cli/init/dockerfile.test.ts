import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile, parsePairs, simpleWords } from '../../../src/cli/init/dockerfile.ts';

test('comments, continued lines and here-documents are no instructions', () => {
  const text = ['# c', 'FROM a', 'RUN one \\', '  # in between', '', '  two', 'RUN <<EOF', 'USER no', 'EOF', 'user me'];
  assert.deepEqual(
    parseDockerfile(text.join('\r\n')).map(({ word, text, line }) => [word, text.replaceAll(/\s+/g, ' '), line]),
    [
      ['FROM', 'a', 2],
      ['RUN', 'one two', 3],
      ['RUN', '<<EOF', 7],
      ['USER', 'me', 10],
    ],
  );
});

test('the escape directive decides what continues a line', () => {
  assert.equal(parseDockerfile('# escape=`\nRUN a `\n b\nCMD c:\\').length, 2);
});

test('flags stand apart, and exec form is a list', () => {
  const [instruction] = parseDockerfile('COPY --from=x --link ["a b", "c"]');
  assert.deepEqual(
    [...(instruction?.flags ?? [])],
    [
      ['from', 'x'],
      ['link', 'true'],
    ],
  );
  assert.deepEqual(instruction?.list, ['a b', 'c']);
  assert.equal(parseDockerfile('CMD [broken')[0]?.list, undefined);
});

test('pairs have quotes, escapes, and an older form', () => {
  assert.deepEqual(parsePairs(String.raw`A=1 B="x \"y\" z" C='$q' D=a\ b`), [
    ['A', '1'],
    ['B', 'x "y" z'],
    ['C', '\\$q'],
    ['D', 'a b'],
  ]);
  assert.deepEqual(parsePairs('GREETING hello  world'), [['GREETING', 'hello  world']]);
});

test('a line is words where no shell is needed', () => {
  assert.deepEqual(simpleWords(`gunicorn 'a b' --bind "0:1"`), ['gunicorn', 'a b', '--bind', '0:1']);
  for (const line of ['a $B', 'a | b', 'A=1 b', 'a "b', 'a *']) assert.equal(simpleWords(line), undefined, line);
});
