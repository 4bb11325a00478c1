import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { mistakes } from '../manifests.ts';

type Schema = { [key: string]: unknown };

const schema = JSON.parse(readFileSync(new URL('../../../pycontainer.schema.json', import.meta.url), 'utf8')) as Schema;
const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

function everyProperty(node: unknown, path: string, visit: (path: string, property: Schema) => void): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'properties') {
      everyProperty(value, path, visit);
      continue;
    }
    for (const [name, property] of Object.entries(value as Record<string, Schema>)) {
      visit(`${path}/${name}`, property);
      everyProperty(property, `${path}/${name}`, visit);
    }
  }
}

test('every key of the schema says what it is', () => {
  const silent: string[] = [];
  let count = 0;
  everyProperty(schema, '', (path, { description }) => {
    count += 1;
    if (typeof description !== 'string' || !description.endsWith('.')) silent.push(path);
  });
  assert.deepEqual(silent, []);
  assert.ok(count > 150, `${count} keys`);
});

const right = [
  'targets: {app: {}}',
  'targets: {app: {platforms: [linux/amd64], ports: [8000, 53/udp], user: 1000}}',
  'targets: {app: {environment: {A: 1.10, B: true, C: x}, cmd: [sleep, 10], user: {name: a, uid: 1}}}',
  'targets: {app: {layering: {budget: "${N}"}, compression: {type: "${T}"}, dependencies: {strict: "${S}"}}}',
  'targets: {app: {files: [{src: a, dest: b, mode: "0644", owner: 1000}], healthcheck: {test: a, retries: 3}}}',
  'targets: {app: {healthcheck: {test: [CMD, a], interval: 1m30s}, dependencies: {indexes: [x, {url: y}]}}}',
  'defaults: {tags: ["a/${target}"]}\ngroups: {all: [app]}\nregistries: {"localhost:5000": {insecure: true}}\ntargets: {app: {}}',
];

for (const text of right) {
  test(`the schema and the reader both accept ${text}`, () => {
    assert.ok(isValid(parse(text)), JSON.stringify(isValid.errors));
    assert.equal(mistakes(text, { env: { N: '3', T: 'zstd', S: 'true' } }), '');
  });
}

const wrong = [
  'targets: []',
  'target: {app: {}}',
  'targets: {App: {}}',
  'targets: {app: {prots: [1]}}',
  'targets: {app: {ports: 8000}}',
  'targets: {app: {ports: [eight]}}',
  'targets: {app: {platforms: [linux]}}',
  'targets: {app: {environment: {A: [1]}}}',
  'targets: {app: {environment: {A: }}}',
  'targets: {app: {layering: {budget: 0}}}',
  'targets: {app: {compression: {type: lz4}}}',
  'targets: {app: {files: [{src: a}]}}',
  'targets: {app: {user: {name: a}}}',
  'targets: {app: {healthcheck: {interval: 30}}}',
  'defaults: {extends: app}\ntargets: {app: {}}',
];

for (const text of wrong) {
  test(`the schema and the reader both refuse ${text.replace('\n', ', ')}`, () => {
    assert.ok(!isValid(parse(text)));
    assert.notEqual(mistakes(text), '');
  });
}
