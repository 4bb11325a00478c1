import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import type { DoctorJson } from '../../src/ui/doctor.ts';
import { Rig, type RigFiles } from '../support/rig.ts';
import { validator } from '../support/schemas.ts';
import { serve } from '../support/server.ts';

const secret = 'hunter2hunter2';

/** A project on a machine whose settings are the rig's alone, without an engine. */
function machine(files: RigFiles = {}, env: Readonly<Record<string, string>> = {}): Rig {
  const rig = new Rig(files);
  Object.assign(rig.env, { PYCONTAINER_ENGINE: 'none', PATH: '/usr/bin:/bin', ...env });
  return rig;
}

function putHome(rig: Rig, name: string, content: string | object): void {
  const file = path.join(rig.root, 'home', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

const validate = validator('doctor');

async function doctor(rig: Rig, ...args: readonly string[]): Promise<DoctorJson & { readonly status: number | null }> {
  const { status, stdout, stderr } = await rig.run(['doctor', '--format', 'json', ...args]);
  assert.equal(stderr, '');
  assert(!stdout.includes(secret), stdout);
  const report = JSON.parse(stdout) as DoctorJson;
  validate(report);
  return { ...report, status };
}

const manifest = `targets:
  api: { base: "python:3.12-slim", tags: ["ghcr.io/acme/api:1"] }
`;

test('a machine on which all is well is told so, section by section', async () => {
  await using rig = machine({ 'pycontainer.yaml': manifest });
  const { status, version, healthy, findings } = await doctor(rig);
  assert.deepEqual([status, version, healthy], [0, 1, true]);
  const text = (await rig.ok(['doctor'])).stdout;
  const sections = ['program', 'store', 'engine', 'settings', 'registries', 'indexes', 'network'];
  assert.deepEqual([...new Set(findings.map(({ section }) => section))], sections);
  assert.deepEqual(text.match(/^\w+$/gm), sections);
  assert.match(text, /^ {2}ok {6}pycontainer \S+, Node\.js \d+\.\d+\.\d+ on \w+ \w+$/m);
  assert.match(text, /^ {2}ok {6}\S+\/store can be written to: 0 blobs, 0 B$/m);
  assert.match(text, /^ {2}ok {6}docker\.io: no login\n {2}ok {6}ghcr\.io: no login$/m);
  assert.match(text, /^ {2}ok {6}https:\/\/pypi\.org\/simple \(as by default\)$/m);
  assert.match(text, /^ {2}note {4}No proxy is set$/m);
});

/** What is set wrong, which section tells of it, in which words, and what is said to do. */
const wrong: Readonly<
  Record<
    string,
    {
      files?: RigFiles;
      home?: Record<string, string | object>;
      env?: Record<string, string>;
      says: RegExp;
      hint: RegExp;
    }
  >
> = {
  'a store that cannot be made': {
    env: { PYCONTAINER_STORE: '/dev/null/store' },
    says: /^store: .*\/dev\/null\/store/,
    hint: /PYCONTAINER_STORE/,
  },
  'an engine that is named and not there': {
    env: { PYCONTAINER_ENGINE: '', DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    says: /^engine: No engine answers at unix:\/\/\/nowhere\/docker\.sock, which DOCKER_HOST names/,
    hint: /Start it/,
  },
  'a mistake in the manifest': {
    files: { 'pycontainer.yaml': 'targets: { api: { bse: x } }\n' },
    says: /^settings: pycontainer\.yaml:1: .*'bse'/,
    hint: /base/,
  },
  'a mistake in the user’s settings': {
    env: { XDG_CONFIG_HOME: '' },
    home: { '.config/pycontainer/config.yaml': 'registry: {}\n' },
    says: /^settings: \S+config\.yaml:1: 'registry' is not a key/,
    hint: /registries/,
  },
  'an authority that is not there': {
    files: { 'pycontainer.yaml': `${manifest}registries: { ghcr.io: { ca: ca.pem } }\n` },
    says: /^settings: \S+\/ca\.pem, the `ca` of ghcr\.io, cannot be read/,
    hint: /`registries`/,
  },
  'a helper that is not installed': {
    home: { '.docker/config.json': { auths: { 'quay.io': {} }, credsStore: 'nowhere' } },
    says: /^registries: quay\.io: docker-credential-nowhere, which \S+ names, is not in PATH/,
    hint: /Install it/,
  },
  'a helper for all hosts that is not installed': {
    home: { '.docker/config.json': { credsStore: 'nowhere' } },
    says: /^registries: docker\.io: docker-credential-nowhere, which \S+ names, is not in PATH/,
    hint: /Install it/,
  },
  'logins that cannot be read': {
    home: { '.docker/config.json': `{"auths": {"quay.io": {"auth": "${secret}"` },
    says: /^registries: \S+config\.json is not valid JSON/,
    hint: /log in again/,
  },
  'half a login in variables': {
    files: { 'pycontainer.yaml': manifest },
    env: { PYCONTAINER_AUTH_GHCR_IO_PASSWORD: secret },
    says: /^registries: Only one of PYCONTAINER_AUTH_GHCR_IO_USERNAME/,
    hint: /Set both/,
  },
  'a folder of wheels that is not there': {
    env: { PIP_FIND_LINKS: '/nowhere/wheels' },
    says: /^indexes: file:\/\/\/nowhere\/wheels is not there \(from variables of pip/,
    hint: /Correct the path/,
  },
  'a proxy that is no URL': {
    env: { HTTPS_PROXY: `http://maya:${secret}@:x` },
    says: /^network: HTTPS_PROXY is not a URL/,
    hint: /http:\/\/host:port/,
  },
  'a file of authorities that is not there': {
    env: { SSL_CERT_FILE: '/nowhere/ca.pem' },
    says: /^network: SSL_CERT_FILE: \/nowhere\/ca\.pem cannot be read/,
    hint: /Correct the path/,
  },
};

for (const [what, { files = {}, home = {}, env = {}, says, hint }] of Object.entries(wrong)) {
  test(`${what} is broken, with what to do`, async () => {
    await using rig = machine(files, env);
    for (const [name, content] of Object.entries(home)) putHome(rig, name, content);
    const { status, healthy, findings } = await doctor(rig);
    assert.deepEqual([status, healthy], [1, false]);
    const broken = findings.filter(({ state }) => state === 'broken');
    const found = broken.find((finding) => says.test(`${finding.section}: ${finding.what}`));
    assert(found !== undefined, JSON.stringify(broken));
    assert.match(found.hint ?? '', hint);
  });
}

test('an engine that answers is named, with where it was found', async () => {
  await using rig = machine();
  const socket = path.join(rig.root, 'docker.sock');
  const version = { Version: '28.2.2', ApiVersion: '1.48', MinAPIVersion: '1.24', Os: 'linux', Arch: 'arm64' };
  const engine = createServer((_, response) => void response.end(JSON.stringify(version))).listen(socket);
  await once(engine, 'listening');
  Object.assign(rig.env, { PYCONTAINER_ENGINE: '', DOCKER_HOST: `unix://${socket}` });
  const { status, findings } = await doctor(rig);
  engine.closeAllConnections();
  engine.close();
  assert.equal(status, 0);
  const told = findings.filter(({ section }) => section === 'engine');
  assert.deepEqual(told, [
    { section: 'engine', state: 'ok', what: `Docker 28.2.2 at unix://${socket}, for linux/arm64` },
  ]);
});

test('secrets of every place stay where they are', async () => {
  const tool = `[tool.uv]\nindex-url = "https://maya:${secret}@uv.example/simple?token=${secret}"\n`;
  await using rig = machine(
    { 'pycontainer.yaml': manifest, 'pyproject.toml': tool },
    {
      UV_NO_CONFIG: '',
      HTTPS_PROXY: `http://maya:${secret}@proxy.example:3128`,
      PIP_EXTRA_INDEX_URL: `https://maya:${secret}@pip.example/simple`,
    },
  );
  putHome(rig, '.docker/config.json', {
    auths: { 'ghcr.io': { auth: Buffer.from(`maya:${secret}`).toString('base64') } },
  });
  const { status, findings } = await doctor(rig);
  assert.equal(status, 0);
  const told = findings.map(({ what }) => what);
  assert(told.some((what) => /^ghcr\.io: the login of maya from \S+config\.json$/.test(what)));
  assert(told.some((what) => /^https:\/\/pip\.example\/simple \(from variables of pip.*, with a login\)$/.test(what)));
  assert(
    told.some((what) =>
      /^https:\/\/uv\.example\/simple\?\*\*\* \(from the project's settings of uv, with a login\)$/.test(what),
    ),
  );
  assert(told.some((what) => /^HTTPS_PROXY: http:\/\/\*\*\*@proxy\.example:3128$/.test(what)));
});

test('with --remote registries and indexes are asked, with what is kept for them', async () => {
  const right = `Basic ${Buffer.from(`maya:${secret}`).toString('base64')}`;
  const guard = async () =>
    serve((request, response) => {
      const status = request.headers.authorization === right ? 200 : 401;
      response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
  await using registry = await guard();
  await using other = await guard();
  await using index = await guard();
  const base = `${registry.host}/base:1`;
  await using rig = machine(
    { 'pycontainer.yaml': `targets: { a: { base: "${base}", tags: ["${other.host}/a:1"] } }\n` },
    { PIP_INDEX_URL: index.url.replace('//', `//maya:${secret}@`) },
  );
  const auth = (password: string): object => ({ auth: Buffer.from(`maya:${password}`).toString('base64') });
  putHome(rig, '.docker/config.json', { auths: { [registry.host]: auth(secret) } });
  const first = await doctor(rig, '--remote');
  assert.equal(first.status, 0, JSON.stringify(first.findings));
  const told = first.findings.map(({ what }) => what);
  assert(told.some((what) => what.startsWith(`${registry.host} takes the login of maya from`)));
  assert(told.includes(`${other.host} answers and wants a login`));
  assert(told.some((what) => what.startsWith(index.url) && what.endsWith('with a login) answers')));
  putHome(rig, '.docker/config.json', { auths: { [registry.host]: auth('wrong') } });
  Object.assign(rig.env, { PIP_INDEX_URL: index.url });
  const second = await doctor(rig, '--remote');
  assert.equal(second.status, 1);
  const broken = second.findings.filter(({ state }) => state === 'broken').map(({ what }) => what);
  assert.deepEqual(
    broken.map((what) => what.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')),
    [
      'HOST does not accept this password of maya',
      'http://HOST/ (from variables of pip (PIP_…)) answers 401: it wants another login',
    ],
  );
});

test('without --remote no network is asked', async () => {
  await using registry = await serve((_, response) => void response.end());
  await using rig = machine({ 'pycontainer.yaml': `targets: { a: { base: "${registry.host}/base:1" } }\n` });
  await doctor(rig);
  assert.deepEqual(registry.requests, []);
});
