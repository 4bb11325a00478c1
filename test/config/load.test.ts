import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { PycontainerError } from '../../src/errors.ts';
import { formatError } from '../../src/ui/error.ts';
import { makeFolder } from './folder.ts';
import { resolve } from './manifests.ts';
import type { Config } from '../../src/config/target.ts';

/** No settings of the machine that the test runs on. */
const env = { HOME: '/nonexistent', XDG_CONFIG_DIRS: '/nonexistent' };

const load = (cwd: string, options: Partial<LoadOptions> = {}): Promise<Config> => loadConfig({ cwd, env, ...options });

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof PycontainerError);
    return formatError(error);
  }
  return assert.fail('no error');
}

test('a manifest is loaded from a folder below it, and its paths are relative to it', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pycontainer.yaml': 'targets: {api: {context: services/api, base: "oci:base"}}',
    'services/api/src/': '',
  });
  const config = await load(path.join(folder.path, 'services/api/src'));
  assert.equal(config.file, path.join(folder.path, 'pycontainer.yaml'));
  assert.equal(config.root, folder.path);
  assert.equal(config.targets.get('api')?.context, path.join(folder.path, 'services/api'));
  assert.deepEqual(config.targets.get('api')?.base, { kind: 'oci', path: path.join(folder.path, 'base') });
  assert.equal(config.targets.get('api')?.location.file, '../../../pycontainer.yaml');
});

test('[tool.pycontainer] is a manifest too', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pyproject.toml':
      '[tool.pycontainer.targets.api]\nports = [8000]\nenvironment = { VERSION = 1.10 }\n' +
      'healthcheck = { test = "true", interval = "30s" }\nfiles = [{ src = "a", dest = "/b", mode = 0o644 }]\n',
  });
  const api = (await load(folder.path)).targets.get('api');
  assert.deepEqual(api?.ports, ['8000']);
  assert.deepEqual(api?.environment, { VERSION: '1.10' });
  assert.equal(api?.healthcheck?.intervalMs, 30_000);
  assert.deepEqual(api?.files, [{ src: 'a', dest: '/b', mode: 0o644 }]);
});

test('a mistake in [tool.pycontainer] has its place', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pyproject.toml': '[project]\nname = "x"\n\n[tool.pycontainer.targets.api]\nprots = [8000]\n',
  });
  assert.equal(
    await failure(load(folder.path)),
    `error[manifest-unknown-key]: 'prots' is not a key of a target
 --> pyproject.toml:5:1
  |
5 | prots = [8000]
  | ^^^^^
  = help: Did you mean 'ports'?`,
  );
});

test('a file is named with -f: YAML, TOML, or a pyproject.toml', async () => {
  await using folder = await makeFolder({
    'conf/images.yaml': 'targets: {a: {}}',
    'conf/images.toml': '[targets.b]\n',
    'conf/pyproject.toml': '[tool.pycontainer.targets.c]\n',
    'plain/pyproject.toml': '[project]\n',
  });
  const names = async (file: string): Promise<string[]> => [...(await load(folder.path, { file })).targets.keys()];
  assert.deepEqual(await names('conf/images.yaml'), ['a']);
  assert.deepEqual(await names('conf/images.toml'), ['b']);
  assert.deepEqual(await names(path.join(folder.path, 'conf/pyproject.toml')), ['c']);
  assert.equal((await load(folder.path, { file: 'conf/images.yaml' })).root, path.join(folder.path, 'conf'));
  assert.match(
    await failure(load(folder.path, { file: 'plain/pyproject.toml' })),
    /has no table \[tool\.pycontainer\]/,
  );
  assert.match(
    await failure(load(folder.path, { file: 'no.yaml' })),
    /^error\[manifest-not-found\]: There is no file no\.yaml/,
  );
  assert.match(await failure(load(folder.path, { file: 'conf' })), /^error\[file-unreadable\]: conf cannot be read/);
});

test('a manifest that is not UTF-8 is refused, not misread', async () => {
  const latin1 = Buffer.from('targets:\n  a: {labels: {name: caf\u00E9}}\n', 'latin1');
  await using folder = await makeFolder({ 'latin1.yaml': latin1 });
  assert.equal(
    await failure(load(folder.path, { file: 'latin1.yaml' })),
    `error[manifest-syntax]: This is not UTF-8
 --> latin1.yaml:2:25
  |
2 |   a: {labels: {name: caf\uFFFD}}
  |                         ^
  = help: Save the file as UTF-8.`,
  );
});

test('no manifest has a code of its own', async () => {
  await using folder = await makeFolder({ '.git/': '' });
  assert.match(
    await failure(load(folder.path)),
    /^error\[manifest-not-found\]: There is no pycontainer\.yaml in .* or above it\n/,
  );
});

test('of a registry each key is taken from the manifest, and else from the settings', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pycontainer.yaml':
      'targets: {a: {}}\nregistries: {ghcr.io: {mirrors: [m.example]}, one.example: {ca: certs/ca.pem}}',
    'home/pycontainer/config.yaml':
      'registries: {ghcr.io: {insecure: true, mirrors: [n.example]}, two.example: {ca: ca.pem}}',
  });
  const { registries } = await load(folder.path, { env: { ...env, XDG_CONFIG_HOME: path.join(folder.path, 'home') } });
  assert.deepEqual(Object.fromEntries(registries), {
    'ghcr.io': { insecure: true, mirrors: ['m.example'] },
    'one.example': { ca: path.join(folder.path, 'certs/ca.pem') },
    'two.example': { ca: path.join(folder.path, 'home/pycontainer/ca.pem') },
  });
});

test('an environment’s values never stand in a mistake', () => {
  const secret = 's3cr3t-value';
  const keys = ['base', 'workdir', 'stop-signal', 'user', 'context'];
  const lists = ['platforms', 'tags', 'ports', 'volumes', 'directories'];
  const sections = [
    ...keys.map((key) => `${key}: "\${S} \${S}!"`),
    ...lists.map((key) => `${key}: ["\${S} !"]`),
    'compression: {type: "${S}", level: "${S}"}',
    'layering: {budget: "${S}"}',
    'dependencies: {layout: "${S}", strict: "${S}", prefix: "${S}"}',
    'healthcheck: {test: ["${S}"], interval: "${S}", retries: "${S}"}',
    'files: [{src: a, dest: "../${S}", mode: "${S}", owner: "${S}", from: "oci:${S}:"}]',
    'outputs: [{type: "${S}"}]',
    'extends: "${S}"',
    'nope: "${S}"',
    'tags: ["acme/${S}", "acme/${S}@sha256:0"]',
    'environment: {A: {B: "${S}"}}',
    'run: {ports: ["${S}:x"], depends-on: "${S}"}',
  ];
  for (const section of sections) {
    try {
      resolve(
        `targets:\n  app:\n    ${section}\n  other: {tags: ["acme/\${S}"], outputs: [{type: oci, dest: "\${S}"}]}\n`,
        {
          env: { S: secret },
        },
      );
    } catch (error) {
      assert.ok(error instanceof PycontainerError, section);
      assert.ok(!formatError(error).includes(secret), formatError(error));
    }
  }
});

const manifest = `# a manifest
defaults: &defaults
  base: python:3.12-slim
  tags: ["acme/\${target}:\${VERSION:-dev}"]
  environment: {A: 1.10, B: "x"}
targets:
  api:
    ports: [8000, 53/udp]
    user: {name: app, uid: 1000}
    healthcheck: {test: [CMD, "true"], interval: 30s}
    files: [{src: a, dest: b/, mode: 0644}]
  worker:
    extends: api
    <<: *defaults
    outputs: [{type: oci, dest: out}]
groups: {all: [api, worker]}
registries: {ghcr.io: {insecure: false}}
`;

test('the manifest that is mutated below is right', () => {
  assert.equal(resolve(manifest).targets.size, 2);
});

test('whatever a manifest says, it gives a Config or an error of ours, with places inside the text', () => {
  const signs = '{ } [ ] : , &a *a *defaults - # " \' | > ~ null ${ ${X} $ !! % __proto__ constructor -1 extends'.split(
    ' ',
  );
  const blanks = ['\n', '  ', '\t', ': ', '- ', '<<: ', '\0', '\u{1F600}', '9'.repeat(400)];
  const token = fc.constantFrom(...signs, ...blanks);
  const edit = fc.record({ at: fc.nat(manifest.length), remove: fc.nat(8), insert: token });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce(
        (old, { at, remove, insert }) => old.slice(0, at) + insert + old.slice(at + remove),
        manifest,
      );
      try {
        resolve(text);
      } catch (error) {
        assert.ok(error instanceof PycontainerError, `${String(error)}\n${text}`);
        const lines = text.split('\n');
        for (const { location, message } of [error, ...error.others]) {
          assert.ok(location !== undefined, message);
          assert.ok(location.line >= 1 && location.line <= lines.length, message);
          assert.ok(location.column >= 1 && location.column <= (lines[location.line - 1] ?? '').length + 1, message);
        }
        formatError(error);
      }
    }),
    { numRuns: 300 },
  );
});
