import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetSchema, type TargetSettings } from '../../../src/config/schema/target.ts';
import { resolveTarget } from '../../../src/config/resolve.ts';
import { validate } from '../../../src/config/validate.ts';
import { yaml } from '../manifests.ts';
import type { PycontainerError } from '../../../src/errors.ts';

function read(text: string): TargetSettings {
  const errors: PycontainerError[] = [];
  const settings = validate(targetSchema, yaml(text), "'app'", errors);
  assert.deepEqual(errors, []);
  assert.ok(settings !== undefined);
  return settings;
}

test('keys whose meaning has not come yet are read all the same', () => {
  const settings = read(`
cache-from: [ghcr.io/acme/cache]
cache-to: [acme/cache, ""]
sbom: true
provenance: false
limits: {size: 500MB, growth: 1MiB}
watch: [{path: src, action: sync+restart, target: /app/, ignore: ["*.md"]}, {path: uv.lock, action: rebuild}]
run:
  ports: ["8000:8000"]
  environment: {DEBUG: 1}
  env-file: .env
  volumes: ["./data:/data:ro", "named:/cache"]
  command: [python, -m, shop]
  network: host
  user: 1000
  depends-on: [db]
`);
  const app = resolveTarget('app', settings, yaml('{}'), '/project');
  assert.deepEqual(app.cacheFrom, ['ghcr.io/acme/cache']);
  assert.deepEqual(app.cacheTo, ['docker.io/acme/cache'], 'an empty one is none: a variable that is not set');
  assert.deepEqual([app.sbom, app.provenance], [true, false]);
  assert.deepEqual(app.limits, { sizeBytes: 500_000_000, growthBytes: 1_048_576 });
  assert.deepEqual(app.watch, [
    { path: '/project/src', action: 'sync+restart', target: '/app', ignore: ['*.md'] },
    { path: '/project/uv.lock', action: 'rebuild', ignore: [] },
  ]);
  assert.deepEqual(app.run, {
    ports: ['8000:8000'],
    environment: { DEBUG: '1' },
    envFile: ['/project/.env'],
    volumes: ['/project/data:/data:ro', 'named:/cache'],
    command: ['python', '-m', 'shop'],
    network: 'host',
    user: { lookup: { user: 1000 } },
    dependsOn: ['db'],
  });
});

test('what is not written is absent, so that it replaces nothing', () => {
  assert.deepEqual(read('{}'), {});
  assert.deepEqual(Object.keys(read('{extends: other, cmd: []}')), ['cmd']);
});

test('growth is limited by bytes or by a share', () => {
  const limitsOf = (growth: string): unknown => read(`limits: {growth: ${growth}}`).limits;
  assert.deepEqual(limitsOf('10%'), { growthPercent: 10 });
  assert.deepEqual(limitsOf('"12.5 %"'), { growthPercent: 12.5 });
  assert.deepEqual(limitsOf('1GiB'), { growthBytes: 2 ** 30 });
  assert.deepEqual(limitsOf('0'), { growthBytes: 0 });
});

test('a cache is a repository, without a tag', () => {
  const mistakes: PycontainerError[] = [];
  validate(targetSchema, yaml('cache-to: [ghcr.io/acme/cache:main]\nlimits: {growth: much}\n'), "'app'", mistakes);
  assert.deepEqual(
    mistakes.map(({ code, message, hint }) => [code, message, hint]),
    [
      [
        'reference-invalid',
        "'ghcr.io/acme/cache:main' is to be a repository, without a tag or digest",
        'Layers get tags of their own there: ghcr.io/acme/cache',
      ],
      ['manifest-invalid', "'much' is not a size or a share", 'Write it like 50MB, 1GiB or 10%.'],
    ],
  );
});
