import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError, type ErrorCode } from '../../src/errors.ts';
import { mistakes, resolve } from './manifests.ts';
import type { Target } from '../../src/config/target.ts';

const manifest = `
defaults: {environment: {A: "0", KEEP: "1"}}
targets:
  api: {platforms: [linux/amd64], labels: {a.b: old}}
  worker: {extends: api}
`;
const set = (...overrides: string[]): Target[] => [...resolve(manifest, { set: overrides }).targets.values()];

test('a value is YAML, and replaces what the manifest says', () => {
  const [api] = set(
    'api.platforms=[linux/arm64]',
    'api.workdir=/srv',
    'api.cmd=[a, "b c"]',
    'api.dependencies.strict=true',
  );
  assert.deepEqual(api?.platforms, [{ os: 'linux', architecture: 'arm64' }]);
  assert.equal(api?.workdir, '/srv');
  assert.deepEqual(api?.cmd, ['a', 'b c']);
  assert.equal(api?.dependencies.strict, true);
});

test('maps merge; below environment, labels and annotations the rest is one key', () => {
  const [api] = set('api.environment.A=1.10', 'api.labels.org.example.x=y=z', 'api.environment={B: 2}');
  assert.deepEqual(api?.environment, { A: '1.10', KEEP: '1', B: '2' });
  assert.deepEqual(api?.labels, { 'a.b': 'old', 'org.example.x': 'y=z' });
});

test('an override is not inherited; a glob names several targets', () => {
  const [api, worker] = set('api.workdir=/one');
  assert.deepEqual([api?.workdir, worker?.workdir], ['/one', '/app']);
  assert.deepEqual(
    set('*.workdir=/two').map(({ workdir }) => workdir),
    ['/two', '/two'],
  );
});

test('an overridden target still stands where the manifest has it, and its key where the override is', () => {
  const [api] = set('api.workdir=/one');
  assert.deepEqual([api?.location.file, api?.location.line], ['pycontainer.yaml', 4]);
  assert.equal(api?.locate(['workdir']).file, '--set api.workdir');
});

test('the last of two overrides wins', () => {
  assert.equal(set('api.workdir=/one', 'api.workdir=/two')[0]?.workdir, '/two');
});

test('variables are filled in as in the manifest', () => {
  const config = resolve(manifest, { set: ['api.tags=["acme/${target}:${V}"]'], env: { V: '3' } });
  assert.deepEqual(config.targets.get('api')?.tags, ['acme/api:3']);
});

test('what is no override, and one for no target, are refused', () => {
  const code = (expected: ErrorCode) => (error: unknown) =>
    error instanceof PycontainerError && error.code === expected;
  for (const text of ['', 'api', 'api.x', 'api=1', '.x=1', 'api.=1', 'api x.y=1']) {
    assert.throws(() => set(text), code('usage'), text);
  }
  assert.throws(() => set('apo.workdir=/x'), code('target-not-found'));
  assert.throws(() => set('web*.workdir=/x'), code('target-not-found'));
  assert.throws(() => set('api.cmd=['), code('manifest-syntax'));
});

test('a key that is not known is refused at the override', () => {
  assert.match(
    mistakes(manifest, { set: ['api.wrokdir=/x'] }),
    /'wrokdir' is not a key of a target\n --> --set api\.wrokdir:1:1/,
  );
});

test('an override for a target whose extends is wrong does not hide that mistake', () => {
  const text = mistakes('targets: {api: {extends: nope}}', { set: ['api.workdir=/x'] });
  assert.match(text, /^error\[manifest-extends\]/);
});
