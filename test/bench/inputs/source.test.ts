import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pipMissing } from '../../support/tools.ts';
import { Contents } from './content.ts';
import { toPython } from './source.ts';

const python = (text: string): string => toPython(Buffer.from(text)).toString();

test('words become expressions, and what is no name gets a capital', () => {
  assert.equal(python('    kind.if(word, \n  other = thing): \n'), '_=[ kind.If+word, \n  other.  thing,  ]');
});

test('what is too short for a list is a comment', () => {
  assert.equal(python('a b\n'), '####');
});

test('generated text of every length is Python, as long as it was', { skip: pipMissing }, () => {
  const contents = new Contents(3);
  const sources = Array.from({ length: 120 }, (_, index) => {
    const size = index < 100 ? index : 500 * (index - 99);
    const source = toPython(contents.text(size));
    assert.equal(source.length, size);
    return source.toString();
  });
  const script = 'import json, sys\nfor source in json.load(sys.stdin): compile(source, "-", "exec")';
  const { stderr, status } = spawnSync('python3', ['-c', script], { input: JSON.stringify(sources), encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
