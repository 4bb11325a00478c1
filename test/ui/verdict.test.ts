import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Difference } from '../../src/image/verify.ts';
import { formatVerdict } from '../../src/ui/verdict.ts';
import { digestOf } from './plans.ts';

const digest = digestOf('ab');
const amd64 = { os: 'linux', architecture: 'amd64' };

test('an image that is what was planned is told with its digest', () => {
  assert.equal(formatVerdict('api:1', 'api', { digest }), `api:1 is exactly what api comes to: ${digest}`);
});

const told: readonly (readonly [Difference, string])[] = [
  [
    { kind: 'platforms', has: ['linux/amd64'], planned: ['linux/amd64', 'linux/arm64'] },
    'it is for linux/amd64, not linux/amd64, linux/arm64',
  ],
  [{ kind: 'layers', has: 3, planned: 4, title: 'app' }, 'it has 3 of 4 layers, and lacks app'],
  [{ kind: 'layers', has: 5, planned: 4, title: 'RUN x' }, 'it has 5 layers, not 4: RUN x is one too many'],
  [
    { kind: 'layer', position: 3, of: 9, title: 'app', file: '/app/x.py', what: 'has another content' },
    'layer 3 of 9 (app): /app/x.py has another content',
  ],
  [
    { kind: 'layer', position: 3, of: 9, title: 'app', what: 'the same files, compressed otherwise' },
    'layer 3 of 9 (app): the same files, compressed otherwise',
  ],
  [{ kind: 'config', key: 'User', from: '1', to: '2' }, 'its config has User = 1, not 2'],
  [{ kind: 'config', key: 'Env.A', from: undefined, to: '2' }, 'its config has no Env.A, which is to be 2'],
  [{ kind: 'config', key: 'Env.A', from: '1', to: undefined }, 'its config has Env.A = 1, which is not to be there'],
  [{ kind: 'document', what: 'manifest' }, 'its manifest is written otherwise, though it says the same'],
];

for (const [difference, text] of told) {
  test(`a difference: ${text}`, () => {
    const verdict = formatVerdict('api:1', 'api', { digest, platform: amd64, difference });
    assert.equal(verdict, `api:1 for linux/amd64 is not what api comes to: ${text}`);
  });
}

test('what an image says cannot move the cursor', () => {
  const difference: Difference = { kind: 'config', key: 'A', from: '\u001b[2J', to: '' };
  assert(!formatVerdict('\u001b', 'api', { digest, difference }).includes('\u001b'));
});
