import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overrideTargets, selectTargets } from '../../src/config/select.ts';
import { PycontainerError, type ErrorCode } from '../../src/errors.ts';
import { resolve } from './manifests.ts';

const config = resolve(`
targets: {api: {tags: [acme/api]}, web: {tags: [acme/web]}, web-admin: {}, job: {}}
groups: {front: [web-admin, web], all-of-it: [front, api], none: []}
`);
const names = (...asked: string[]): string[] => selectTargets(config, asked).map(({ name }) => name);
const code =
  (expected: ErrorCode, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof PycontainerError);
    assert.equal(error.code, expected);
    assert.match([error, ...error.others].map(({ message, hint = '' }) => `${message} ${hint}`).join('\n'), message);
    return true;
  };

test('no names are all targets', () => {
  assert.deepEqual(names(), ['api', 'web', 'web-admin', 'job']);
});

test('names, groups and globs, each target once, in the order of the manifest', () => {
  assert.deepEqual(names('job', 'api'), ['api', 'job']);
  assert.deepEqual(names('front'), ['web', 'web-admin']);
  assert.deepEqual(names('all-of-it', 'web'), ['api', 'web', 'web-admin']);
  assert.deepEqual(names('web*'), ['web', 'web-admin']);
  assert.deepEqual(names('?ob'), ['job']);
  assert.deepEqual(names('*'), ['api', 'web', 'web-admin', 'job']);
  assert.deepEqual(names('none'), []);
});

test('a name that nothing has is refused, with the nearest; all of them together', () => {
  assert.throws(() => names('wbe', 'nope*'), code('target-not-found', /'wbe' Did you mean 'web'\?\n.*'nope\*'/));
  assert.throws(() => names('constructor'), code('target-not-found', /constructor/));
});

test('tags and platforms of the command line replace those of the manifest', () => {
  const [api, web] = overrideTargets(selectTargets(config, ['api', 'web']), {
    tags: ['x/${target}:1'],
    platforms: ['linux/aarch64'],
  });
  assert.deepEqual([api?.tags, web?.tags], [['x/api:1'], ['x/web:1']]);
  assert.deepEqual(api?.platforms, [{ os: 'linux', architecture: 'arm64' }]);
  assert.deepEqual(overrideTargets(selectTargets(config, ['api']), {})[0]?.tags, ['acme/api']);
});

test('a tag of the command line that two targets would take is refused', () => {
  const targets = selectTargets(config, ['api', 'web']);
  assert.throws(
    () => overrideTargets(targets, { tags: ['x/y'] }),
    code('manifest-conflict', /both have the name 'x\/y'/),
  );
  assert.equal(overrideTargets(targets.slice(1), { tags: ['x/y'] }).length, 1);
});

test('a tag or platform of the command line is checked', () => {
  const targets = selectTargets(config, []);
  assert.throws(() => overrideTargets(targets, { tags: ['X'] }), code('reference-invalid', /X/));
  assert.throws(
    () => overrideTargets(targets, { tags: [`x@sha256:${'0'.repeat(64)}`] }),
    code('reference-invalid', /digest/),
  );
  assert.throws(() => overrideTargets(targets, { platforms: ['x'] }), code('platform-invalid', /x/));
});
