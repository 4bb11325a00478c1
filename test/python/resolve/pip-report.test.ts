import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../../src/errors.ts';
import { neededPackages } from '../../../src/python/resolve/pip-closure.ts';
import { readReport } from '../../../src/python/resolve/pip-report.ts';
import { parseRequirement } from '../../../src/python/requirement.ts';
import { image } from './rig.ts';

const item = {
  download_info: {
    url: 'https://me:secret@files.example/Alpha-1.0-py3-none-any.whl#sha256=00',
    archive_info: { hash: 'sha256=aa', hashes: { sha256: 'aa', md5: 'bb' } },
  },
  is_direct: false,
  metadata: { name: 'Alpha', version: '1.0', requires_dist: ['beta; extra == "x"', 'alpha[x]>=1; extra == "all"'] },
};
const beta = { ...item, metadata: { name: 'beta', version: '2.0', requires_dist: ['alpha'] } };
const gamma = { ...item, metadata: { name: 'gamma', version: '1' } };
const report = (...install: readonly object[]): string => JSON.stringify({ version: '1', install });

test('a report is read without logins, fragments and spellings of names', () => {
  const [alpha] = readReport(report(item));
  assert.equal(alpha?.name, 'alpha');
  assert.equal(alpha.url, 'https://files.example/Alpha-1.0-py3-none-any.whl');
  assert.deepEqual(alpha.hashes, ['sha256:aa', 'md5:bb']);
});

test('the hash of an older pip counts too', () => {
  const download_info = { ...item.download_info, archive_info: { hash: 'sha256=aa' } };
  assert.deepEqual(readReport(report({ ...item, download_info }))[0]?.hashes, ['sha256:aa']);
});

test('needed is what is reached from what was asked for, through extras and circles', () => {
  const names = (...roots: readonly string[]): string[] =>
    neededPackages(roots.map(parseRequirement), readReport(report(item, beta, gamma)), image('3.12.7', 'x86_64')).map(
      ({ name, dependencies }) => `${name}: ${dependencies.join(' ')}`,
    );
  assert.deepEqual(names('alpha'), ['alpha: ']);
  assert.deepEqual(names('alpha[all]'), ['alpha: beta', 'beta: alpha']);
  assert.deepEqual(names('gamma', 'alpha; sys_platform == "win32"'), ['gamma: ']);
});

test('a report of another version, a build and what is no address are refused', () => {
  const refused = [
    JSON.stringify({ version: '2', install: [] }),
    report({ ...item, download_info: { url: 'file:///shop', dir_info: {} } }),
    report({ ...item, download_info: { ...item.download_info, url: 'nowhere' } }),
    '[]',
    '',
  ];
  for (const text of refused) assert.throws(() => readReport(text), { name: 'PycontainerError', code: 'lock-failed' });
});

test('a damaged report gives no error but ours', () => {
  const whole = report(item, beta);
  const damages = fc.array(
    fc.record({
      at: fc.nat(whole.length),
      cut: fc.nat(8),
      text: fc.constantFrom('', '"', '{}', 'null', '[', '7', '\\'),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(damages, (changes) => {
      let text = whole;
      for (const { at, cut, text: piece } of changes) text = text.slice(0, at) + piece + text.slice(at + cut);
      try {
        readReport(text);
      } catch (error) {
        assert(error instanceof PycontainerError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
