import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import type { Event } from '../../src/events.ts';
import { environmentPrefix } from '../../src/registry/credential.ts';
import { storedCredentials } from '../../src/registry/credentials.ts';
import { rejectsWith } from '../support/rejects.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const auth = (text: string): { auth: string } => ({ auth: encoded(text) });

/** Writes files into a home of its own; objects as JSON, texts that begin with `#!` as programs. */
async function home(
  files: Record<string, unknown>,
): Promise<{ path: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const path = await mkdtemp(`${tmpdir()}/credentials-`);
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    if (typeof content === 'string' && content.startsWith('#!')) await chmod(file, 0o755);
  }
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true }) };
}

async function find(
  folder: { path: string },
  host: string,
  env: Record<string, string> = {},
  repository = 'acme/api',
): Promise<{ found: string | undefined; events: Event[] }> {
  const events: Event[] = [];
  const source = storedCredentials({ env, home: folder.path, emit: (event) => events.push(event) });
  const credential = await source.find(host, repository);
  await source.find(host, 'another/repository');
  if (credential === undefined) return { found: undefined, events };
  const found =
    credential.kind === 'password'
      ? `${credential.username}:${credential.password}`
      : `${credential.kind} ${credential.token}`;
  return { found, events };
}

describe('files', () => {
  const cases: [string, Record<string, unknown>, string, string | undefined][] = [
    ['a host by its name', { 'ghcr.io': auth('u:p:q') }, 'ghcr.io', 'u:p:q'],
    ['a host as an old URL', { 'https://ghcr.io/v1/': auth('u:p') }, 'ghcr.io', 'u:p'],
    ['a host and port', { 'localhost:5000': auth('u:p') }, 'localhost:5000', 'u:p'],
    ['only that port', { 'localhost:5000': auth('u:p') }, 'localhost:5001', undefined],
    ['only that host', { 'ghcr.io': auth('u:p') }, 'ghcr.io.evil.example', undefined],
    ['not a host below', { 'example.com': auth('u:p') }, 'sub.example.com', undefined],
    ['Docker Hub by its own name', { 'https://index.docker.io/v1/': auth('u:p') }, 'docker.io', 'u:p'],
    ["Docker Hub by Podman's name", { 'docker.io': auth('u:p') }, 'docker.io', 'u:p'],
    [
      'a namespace before the host',
      { 'quay.io': auth('u:host'), 'quay.io/acme': auth('u:namespace') },
      'quay.io',
      'u:namespace',
    ],
    ['not another namespace', { 'quay.io/other': auth('u:p') }, 'quay.io', undefined],
    ['an identity token', { 'x.io': { ...auth('u:'), identitytoken: 't' } }, 'x.io', 'identity-token t'],
    ['a registry token', { 'x.io': { registrytoken: 't' } }, 'x.io', 'registry-token t'],
    ['name and password apart', { 'x.io': { username: 'u', password: 'p' } }, 'x.io', 'u:p'],
    ['trailing zeros', { 'x.io': { auth: encoded('u:p\0\0') } }, 'x.io', 'u:p'],
    ['nothing in an empty entry', { 'x.io': {} }, 'x.io', undefined],
  ];
  for (const [what, auths, host, expected] of cases) {
    it(`know ${what}`, async () => {
      await using folder = await home({ '.docker/config.json': { auths } });
      assert.equal((await find(folder, host)).found, expected);
    });
  }

  it('are looked for in their places, in order', async () => {
    const of = (user: string): unknown => ({ auths: { 'x.io': auth(`${user}:p`) } });
    await using folder = await home({
      'named.json': of('registry-auth-file'),
      'docker/config.json': of('docker-config'),
      '.docker/config.json': of('home'),
      'run/containers/auth.json': of('podman-runtime'),
      '.config/containers/auth.json': of('podman-config'),
      'xdg/containers/auth.json': of('podman-xdg'),
      'empty/none': '',
    });
    const at = (name: string): string => join(folder.path, name);
    const inline = JSON.stringify(of('inline'));
    const orders: [Record<string, string>, string][] = [
      [{ DOCKER_AUTH_CONFIG: inline, REGISTRY_AUTH_FILE: at('named.json') }, 'inline'],
      [{ REGISTRY_AUTH_FILE: at('named.json'), DOCKER_CONFIG: at('docker') }, 'registry-auth-file'],
      [{ DOCKER_CONFIG: at('docker'), XDG_RUNTIME_DIR: at('run') }, 'docker-config'],
      [{ XDG_RUNTIME_DIR: at('run') }, 'home'],
      [{ DOCKER_CONFIG: at('empty'), XDG_RUNTIME_DIR: at('run') }, 'podman-runtime'],
      [{ DOCKER_CONFIG: at('empty') }, 'podman-config'],
      [{ DOCKER_CONFIG: at('empty'), XDG_CONFIG_HOME: at('xdg') }, 'podman-xdg'],
      [{ REGISTRY_AUTH_FILE: at('nowhere.json') }, 'home'],
    ];
    for (const [env, user] of orders) assert.equal((await find(folder, 'x.io', env)).found, `${user}:p`);
  });

  it('that cannot be read are named, and nothing of them is shown', async () => {
    await using broken = await home({ '.docker/config.json': '{"auths": {"x.io": {"auth": "c2VjcmV0"' });
    const unreadable = await rejectsWith(find(broken, 'x.io'), 'credentials-invalid', /config\.json is not valid JSON/);
    assert.doesNotMatch(JSON.stringify([unreadable.message, unreadable.hint, String(unreadable.cause)]), /c2VjcmV0/);
    await using odd = await home({ '.docker/config.json': { auths: { 'x.io': auth('no colon') } } });
    await rejectsWith(find(odd, 'x.io'), 'credentials-invalid', /login for x\.io in .*config\.json/);
  });

  it('that are no objects, or not there, hold nothing', async () => {
    for (const content of [
      '[]',
      'null',
      '""',
      '',
      '{"auths": []}',
      '{"auths": {"x.io": "u:p"}, "credHelpers": {"x.io": 7}}',
    ]) {
      await using folder = await home({ '.docker/config.json': content });
      assert.equal((await find(folder, 'x.io')).found, undefined, content);
    }
    await using none = await home({});
    assert.equal((await find(none, 'x.io')).found, undefined);
  });
});

describe('variables', () => {
  it('come first', async () => {
    await using folder = await home({ '.docker/config.json': { auths: { 'localhost:5000': auth('file:p') } } });
    const env = { PYCONTAINER_AUTH_LOCALHOST_5000_USERNAME: 'u', PYCONTAINER_AUTH_LOCALHOST_5000_PASSWORD: 'p' };
    assert.equal((await find(folder, 'localhost:5000', env)).found, 'u:p');
    assert.equal((await find(folder, 'localhost:5001', env)).found, undefined);
  });

  it('are named after the host', () => {
    assert.equal(environmentPrefix('ghcr.io'), 'PYCONTAINER_AUTH_GHCR_IO');
    assert.equal(environmentPrefix('[::1]:5000'), 'PYCONTAINER_AUTH_1_5000');
    assert.equal(environmentPrefix('a-b.example.com:443'), 'PYCONTAINER_AUTH_A_B_EXAMPLE_COM_443');
  });

  it('are wanted both', async () => {
    await using folder = await home({});
    const env = { PYCONTAINER_AUTH_GHCR_IO_PASSWORD: 'p' };
    const error = await rejectsWith(find(folder, 'ghcr.io', env), 'credentials-invalid', /_USERNAME and .*_PASSWORD/);
    assert.equal(error.hint, 'Set both, or none.');
  });
});

describe('helper programs', () => {
  const helper = (answer: string): string => `#!/bin/sh\ncat > "$HOME/asked"\necho "$@" >> "$HOME/asked"\n${answer}\n`;
  const environment = (folder: { path: string }): Record<string, string> => ({
    PATH: `${join(folder.path, 'bin')}:/usr/bin:/bin`,
    HOME: folder.path,
  });

  it('are asked with `get` and the host on standard input', async () => {
    await using folder = await home({
      '.docker/config.json': { credHelpers: { 'x.io': 'test' }, credsStore: 'other' },
      'bin/docker-credential-test': helper(`echo '{"ServerURL":"x.io","Username":"u","Secret":"s:1"}'`),
    });
    assert.equal((await find(folder, 'x.io', environment(folder))).found, 'u:s:1');
    assert.equal(await readFile(join(folder.path, 'asked'), 'utf8'), 'x.ioget\n');
  });

  it('serve all other hosts as the store, Docker Hub under its old name', async () => {
    await using folder = await home({
      '.docker/config.json': { auths: { 'https://index.docker.io/v1/': {} }, credsStore: 'test' },
      'bin/docker-credential-test': helper(`echo '{"Username":"u","Secret":"s"}'`),
    });
    assert.equal((await find(folder, 'docker.io', environment(folder))).found, 'u:s');
    assert.equal(await readFile(join(folder.path, 'asked'), 'utf8'), 'https://index.docker.io/v1/get\n');
  });

  it('give an identity token under the name <token>', async () => {
    await using folder = await home({
      '.docker/config.json': { credsStore: 'test' },
      'bin/docker-credential-test': helper(`echo '{"Username":"<token>","Secret":"t"}'`),
    });
    assert.equal((await find(folder, 'x.io', environment(folder))).found, 'identity-token t');
  });

  it('that know nothing are silent, and the file itself counts', async () => {
    await using folder = await home({
      '.docker/config.json': { auths: { 'x.io': auth('file:p') }, credsStore: 'test' },
      'bin/docker-credential-test': helper(`echo 'credentials not found in native keychain'; exit 1`),
    });
    const { found, events } = await find(folder, 'x.io', environment(folder));
    assert.equal(found, 'file:p');
    assert.deepEqual(events, []);
  });

  it('that are missing are warned of once, and the search goes on', async () => {
    await using folder = await home({
      '.docker/config.json': { credsStore: 'desktop' },
      '.config/containers/auth.json': { auths: { 'x.io': auth('podman:p') } },
    });
    const { found, events } = await find(folder, 'x.io', environment(folder));
    assert.equal(found, 'podman:p');
    assert.deepEqual(
      events.map((event) => (event.type === 'warning' ? event.code : event.type)),
      ['credential-helper-missing'],
    );
    assert.match(JSON.stringify(events), /docker-credential-desktop, which .*config\.json names, is not in PATH/);
  });

  it('that are missing do not keep the process from ending', async () => {
    await using folder = await home({ '.docker/config.json': { credsStore: 'desktop' } });
    const program = `
      import { storedCredentials } from '${new URL('../../src/registry/credentials.ts', import.meta.url).href}';
      const source = storedCredentials({ env: process.env, home: '${folder.path}', emit: () => undefined });
      console.log(await source.find('x.io', 'a'));`;
    const options = { env: environment(folder), timeout: 200_000, encoding: 'utf8' } as const;
    assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', program], options), 'undefined\n');
  });

  it('that fail are warned of with what they say', async () => {
    const answers: [string, RegExp][] = [
      ['echo "gcloud: not logged in"; exit 3', /gcloud: not logged in/],
      ['exit 4', /ended with 4/],
      ['echo "<html>"', /cannot be read/],
      ['echo "{}"', /cannot be read/],
      ['kill -9 $$', /ended with null/],
    ];
    for (const [script, message] of answers) {
      await using folder = await home({
        '.docker/config.json': { credsStore: 'test' },
        'bin/docker-credential-test': helper(script),
      });
      const { found, events } = await find(folder, 'x.io', environment(folder));
      assert.equal(found, undefined);
      assert.deepEqual(
        events.map((event) => (event.type === 'warning' ? event.code : '')),
        ['credential-helper-failed'],
      );
      assert.match(JSON.stringify(events), message);
    }
  });

  it('with a name that is a path are not run', async () => {
    await using folder = await home({
      '.docker/config.json': { credsStore: '../evil' },
      evil: '#!/bin/sh\ntouch "$HOME/ran"\n',
    });
    const { events } = await find(folder, 'x.io', environment(folder));
    assert.match(JSON.stringify(events), /name is not allowed/);
  });
});
