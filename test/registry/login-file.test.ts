import assert from 'node:assert/strict';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { storedCredentials } from '../../src/registry/credentials.ts';
import { loginFile, removeLogin, saveLogin, type LoginPlaces } from '../../src/registry/login-file.ts';
import { rejectsWith } from '../support/rejects.ts';

const maya = { username: 'maya', password: 'pass:wörd' };
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

interface Home extends AsyncDisposable, LoginPlaces {
  readonly config: string;
  readonly read: () => Promise<Record<string, Record<string, unknown>>>;
  readonly found: (host: string) => Promise<string | undefined>;
}

/** A home whose Docker configuration holds `content`, with programs in its `bin`. */
async function home(content?: unknown, programs: Readonly<Record<string, string>> = {}): Promise<Home> {
  const path = await mkdtemp(`${tmpdir()}/logins-`);
  const config = join(path, '.docker/config.json');
  const env = { HOME: path, PATH: `${join(path, 'bin')}:/usr/bin:/bin` };
  if (content !== undefined) {
    await mkdir(dirname(config));
    await writeFile(config, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o644 });
  }
  for (const [name, script] of Object.entries(programs)) {
    await mkdir(join(path, 'bin'), { recursive: true });
    await writeFile(join(path, 'bin', `docker-credential-${name}`), script);
    await chmod(join(path, 'bin', `docker-credential-${name}`), 0o755);
  }
  return {
    home: path,
    env,
    config,
    read: async () => JSON.parse(await readFile(config, 'utf8')) as Record<string, Record<string, unknown>>,
    found: async (host) => {
      const credential = await storedCredentials({ env, home: path, emit: () => undefined }).find(host, 'a');
      return credential?.kind === 'password' ? `${credential.username}:${credential.password}` : credential?.kind;
    },
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true }),
  };
}

/** Keeps logins in files, as the real programs keep them elsewhere; writes down what it was asked. */
const helper = `#!/bin/sh
set -e
asked=$(cat)
printf '%s %s\\n' "$1" "$asked" >> "$HOME/asked"
file="$HOME/kept"
case "$1" in
  store) printf '%s' "$asked" > "$file" ;;
  get) if [ -f "$file" ]; then cat "$file"; else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) rm "$file" ;;
esac
`;

describe('the file', () => {
  it('is made where there is none, for its owner alone', async () => {
    await using places = await home();
    assert.deepEqual(await saveLogin('ghcr.io', maya, places), { file: places.config });
    assert.equal((await stat(places.config)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(places.config))).mode & 0o777, 0o700);
    assert.equal(await places.found('ghcr.io'), 'maya:pass:wörd');
    assert.equal(await places.found('docker.io'), undefined);
  });

  it('keeps what else it holds, in its order', async () => {
    const content = {
      HttpHeaders: { 'X-Meta': '1' },
      auths: { 'a.io': auth('a:b'), 'https://ghcr.io/v1/': auth('old:old'), 'ghcr.io': { identitytoken: 't' } },
      credHelpers: { 'gcr.io': 'gcloud' },
      psFormat: 'x',
    };
    await using places = await home(content);
    await saveLogin('ghcr.io', maya, places);
    const auths = { 'a.io': auth('a:b'), 'ghcr.io': auth('maya:pass:wörd') };
    assert.deepEqual(await places.read(), { ...content, auths });
    assert.deepEqual(Object.keys(await places.read()), Object.keys(content));
    assert.equal((await stat(places.config)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dirname(places.config)), ['config.json']);
  });

  it('has Docker Hub under the name that Docker looks for, and under no other', async () => {
    await using places = await home({ auths: { 'docker.io': auth('a:b'), 'index.docker.io': auth('c:d') } });
    await saveLogin('docker.io', maya, places);
    assert.deepEqual(await places.read(), { auths: { 'https://index.docker.io/v1/': auth('maya:pass:wörd') } });
    assert.equal(await places.found('docker.io'), 'maya:pass:wörd');
    assert.equal(await removeLogin('docker.io', places), true);
    assert.deepEqual(await places.read(), { auths: {} });
    assert.equal(await removeLogin('docker.io', places), false);
  });

  it('stays a link where it is one', async () => {
    await using places = await home();
    const real = join(places.home, 'dotfiles.json');
    await writeFile(real, '{"psFormat": "x"}');
    await mkdir(dirname(places.config));
    await symlink(real, places.config);
    await saveLogin('ghcr.io', maya, places);
    assert.equal((await lstat(places.config)).isSymbolicLink(), true);
    assert.deepEqual(JSON.parse(await readFile(real, 'utf8')), {
      psFormat: 'x',
      auths: { 'ghcr.io': auth('maya:pass:wörd') },
    });
  });

  it('stays the user’s when root writes it', { skip: process.getuid?.() !== 0 && 'only root can' }, async () => {
    await using places = await home({});
    await chown(places.config, 1234, 1235);
    await saveLogin('ghcr.io', maya, places);
    const { uid, gid, mode } = await stat(places.config);
    assert.deepEqual([uid, gid, mode & 0o777], [1234, 1235, 0o600]);
  });

  it('that cannot be read is not written over', async () => {
    for (const content of ['{"auths": {"x.io": {"auth": "c2Vj', '[]', '"text"']) {
      await using places = await home(content);
      await rejectsWith(saveLogin('ghcr.io', maya, places), 'credentials-invalid', /config\.json is not/);
      assert.equal(await readFile(places.config, 'utf8'), content);
    }
  });

  it('with a damaged login takes a new one in its place', async () => {
    await using places = await home({ auths: { 'ghcr.io': auth('no colon') } });
    await rejectsWith(places.found('ghcr.io'), 'credentials-invalid', /login for ghcr\.io/);
    await saveLogin('ghcr.io', maya, places);
    assert.equal(await places.found('ghcr.io'), 'maya:pass:wörd');
  });

  it('that cannot be written is named, and nothing is left beside it', async () => {
    await using places = await home();
    await writeFile(join(places.home, 'not-a-folder'), '');
    const env = { ...places.env, DOCKER_CONFIG: join(places.home, 'not-a-folder') };
    await rejectsWith(
      saveLogin('ghcr.io', maya, { ...places, env }),
      'login-unsaved',
      /config\.json cannot be written/,
    );
    assert.deepEqual(await readdir(places.home), ['not-a-folder']);
  });

  it('is the one that is looked at first', async () => {
    const at = (env: Record<string, string>): string => loginFile({ env, home: '/home/maya' });
    assert.equal(at({}), '/home/maya/.docker/config.json');
    assert.equal(at({ DOCKER_CONFIG: '/d' }), '/d/config.json');
    assert.equal(at({ DOCKER_CONFIG: '/d', REGISTRY_AUTH_FILE: '/r/auth.json' }), '/r/auth.json');
  });
});

describe('a helper program', () => {
  it('gets the login, and the file only the host', async () => {
    await using places = await home({ auths: { 'ghcr.io': auth('old:old') }, credsStore: 'test' }, { test: helper });
    assert.deepEqual(await saveLogin('ghcr.io', maya, places), {
      file: places.config,
      program: 'docker-credential-test',
    });
    const [asked = ''] = (await readFile(join(places.home, 'asked'), 'utf8')).split('\n');
    assert.equal(asked.slice(0, 6), 'store ');
    assert.deepEqual(JSON.parse(asked.slice(6)), { ServerURL: 'ghcr.io', Username: 'maya', Secret: 'pass:wörd' });
    assert.deepEqual(await places.read(), { auths: { 'ghcr.io': {} }, credsStore: 'test' });
    assert.equal(await places.found('ghcr.io'), 'maya:pass:wörd');
  });

  it('forgets it, under the server that it was kept for', async () => {
    await using places = await home({ credsStore: 'test' }, { test: helper });
    await saveLogin('docker.io', maya, places);
    assert.equal(await removeLogin('docker.io', places), true);
    const asked = (await readFile(join(places.home, 'asked'), 'utf8')).split('\n').slice(1);
    assert.deepEqual(asked, ['get https://index.docker.io/v1/', 'erase https://index.docker.io/v1/', '']);
    assert.deepEqual(await places.read(), { credsStore: 'test', auths: {} });
    assert.equal(await removeLogin('docker.io', places), false);
  });

  it('of one host serves no other', async () => {
    await using places = await home({ credHelpers: { 'ghcr.io': 'test' } }, { test: helper });
    assert.deepEqual(await saveLogin('quay.io', maya, places), { file: places.config });
    assert.equal((await saveLogin('ghcr.io', maya, places)).program, 'docker-credential-test');
    assert.deepEqual((await places.read())['auths'], { 'quay.io': auth('maya:pass:wörd'), 'ghcr.io': {} });
  });

  it('that is missing or fails leaves all as it was, and the password is not told', async () => {
    const content = { auths: { 'ghcr.io': auth('old:old') }, credsStore: 'test' };
    const secret = `${'x'.repeat(150)}"pass`;
    const echoing = '#!/bin/sh\necho "cannot keep $(cat)"; exit 1\n';
    await using missing = await home(content);
    await rejectsWith(
      saveLogin('ghcr.io', maya, missing),
      'login-unsaved',
      /docker-credential-test, .* is not in PATH/,
    );
    await using failing = await home(content, { test: echoing });
    const saving = saveLogin('ghcr.io', { username: 'maya', password: secret }, failing);
    const error = await rejectsWith(saving, 'login-unsaved', /failed: cannot keep .*"Secret":"\*\*\*"/);
    assert.doesNotMatch(JSON.stringify([error.message, error.hint, String(error.cause)]), /xxx/);
    for (const places of [missing, failing]) assert.deepEqual(await places.read(), content);
  });

  it('that cannot be asked to forget is told of, and the file has forgotten', async () => {
    await using places = await home({ auths: { 'ghcr.io': auth('old:old') }, credsStore: 'test' });
    await rejectsWith(removeLogin('ghcr.io', places), 'login-unsaved', /is not in PATH/);
    assert.deepEqual((await places.read())['auths'], {});
  });
});
