import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { helloWheel, helloWheels } from '../../scripts/hello-wheel.ts';
import { loadConfig } from '../../src/index.ts';
import { examplesFolder } from '../support/example.ts';

const schema = JSON.parse(readFileSync(path.join(examplesFolder, '../pycontainer.schema.json'), 'utf8')) as object;
const manifests = globSync('*/pycontainer.yaml', { cwd: examplesFolder });

test('there are examples', () => {
  assert(manifests.length >= 4);
});

for (const manifest of manifests) {
  const file = path.join(examplesFolder, manifest);

  test(`examples/${manifest} says where its schema is, and is what the schema wants`, () => {
    const text = readFileSync(file, 'utf8');
    const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';
    assert.equal(path.resolve(path.dirname(file), named), path.join(examplesFolder, '../pycontainer.schema.json'));
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    validate(parse(text));
    assert.deepEqual(validate.errors ?? [], []);
  });

  test(`examples/${manifest} is read without variables`, async () => {
    const { targets } = await loadConfig({ cwd: path.dirname(file), env: {} });
    assert(targets.size > 0);
    for (const { base } of targets.values()) assert.equal(base?.kind, 'registry');
  });
}

test('the wheel of examples/hello is what its script makes', () => {
  const { filename, bytes } = helloWheel();
  assert.deepEqual(readFileSync(path.join(helloWheels, filename)), bytes);
});
