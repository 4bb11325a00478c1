import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { IndexSetup } from '../../../src/python/index/settings.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { indexRig, type Rig } from './rig.ts';

function write(rig: Rig, name: string, text: string): void {
  const file = path.join(rig.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const urls = ({ indexes }: IndexSetup) => indexes.map(({ url }) => url);
const links = ({ findLinks }: IndexSetup) => findLinks.map(({ url }) => url);

test('with nothing said, pypi.org is asked', async () => {
  await using rig = await indexRig();
  const setup = await rig.settings();
  assert.deepEqual(setup.indexes, [{ url: 'https://pypi.org/simple', explicit: false }]);
  assert.deepEqual(setup.findLinks, []);
  assert.equal(setup.offline, false);
});

test('the manifest comes first, then the lock, uv, the project, pip; the default index last', async () => {
  await using rig = await indexRig();
  write(rig, 'pyproject.toml', '[[tool.uv.index]]\nname = "p"\nurl = "https://project/simple"\n');
  write(rig, 'home/.config/uv/uv.toml', '[[index]]\nurl = "https://uv-user/simple"\ndefault = true\n');
  write(
    rig,
    'home/.config/pip/pip.conf',
    '[global]\nindex-url = https://pip-default/simple\nextra-index-url = https://pip-user/simple\n',
  );
  const setup = await rig.settings({
    dependencies: { indexes: [{ url: 'https://manifest/simple', name: 'm', explicit: true }], findLinks: ['/m'] },
    lock: { extraIndexUrls: ['https://lock/simple'], findLinks: ['/l'], noIndex: false },
    env: {
      UV_INDEX: 'e=https://uv-env/simple',
      PIP_EXTRA_INDEX_URL: 'https://pip-env/simple',
      PIP_FIND_LINKS: '/p ./q',
    },
  });
  assert.deepEqual(urls(setup), [
    'https://manifest/simple',
    'https://lock/simple',
    'https://uv-env/simple',
    'https://project/simple',
    'https://pip-env/simple',
    'https://uv-user/simple',
  ]);
  assert.deepEqual(setup.indexes[0], { name: 'm', url: 'https://manifest/simple', explicit: true });
  assert.deepEqual(
    setup.findLinks.map(({ declared }) => declared),
    [true, false, false, false],
  );
  assert.deepEqual(links(setup), ['file:///m', 'file:///l', 'file:///p', `file://${rig.folder}/q`]);
});

test('an index that is named twice is asked once', async () => {
  await using rig = await indexRig();
  const setup = await rig.settings({ env: { UV_INDEX: 'https://pypi.org/simple/ https://a/simple https://A/simple' } });
  assert.deepEqual(urls(setup), ['https://pypi.org/simple/', 'https://a/simple']);
});

test('pip takes a key whole from the highest place, and [install] before [global] wherever it stands', async () => {
  await using rig = await indexRig();
  write(rig, 'system/etc/xdg/pip/pip.conf', '[global]\nfind-links = /xdg\nindex-url = https://xdg/simple\n');
  write(rig, 'system/etc/pip.conf', '[install]\nfind-links = /etc-install\n[global]\nindex_url = https://etc/simple\n');
  write(rig, 'home/.pip/pip.conf', '[global]\nextra-index-url = https://legacy/simple\n');
  write(
    rig,
    'home/.config/pip/pip.conf',
    '[global]\nextra-index-url =\n  https://one/simple\n  https://two/simple\nfind-links = /user\n',
  );
  write(rig, 'venv/pip.conf', '[global]\nindex-url = https://site/simple\n');
  const env = { VIRTUAL_ENV: path.join(rig.folder, 'venv') };
  const setup = await rig.settings({ env });
  assert.deepEqual(urls(setup), ['https://one/simple', 'https://two/simple', 'https://site/simple']);
  assert.deepEqual(links(setup), ['file:///etc-install']);
  const withEnv = await rig.settings({
    env: { ...env, PIP_EXTRA_INDEX_URL: 'https://env/simple', PIP_FIND_LINKS: '' },
  });
  assert.deepEqual(urls(withEnv), ['https://env/simple', 'https://site/simple']);
});

test('PIP_CONFIG_FILE stands for the user’s files and wins over the machine’s; /dev/null leaves all out', async () => {
  await using rig = await indexRig();
  write(rig, 'system/etc/pip.conf', '[global]\nindex-url = https://etc/simple\n');
  write(rig, 'home/.config/pip/pip.conf', '[global]\nfind-links = /user\n');
  write(rig, 'own.conf', '[global]\nindex-url = https://own/simple\n');
  const own = await rig.settings({ env: { PIP_CONFIG_FILE: path.join(rig.folder, 'own.conf') } });
  assert.deepEqual([urls(own), links(own)], [['https://own/simple'], []]);
  const gone = await rig.settings({ env: { PIP_CONFIG_FILE: path.join(rig.folder, 'gone.conf') } });
  assert.deepEqual([urls(gone), links(gone)], [['https://etc/simple'], ['file:///user']]);
  const none = await rig.settings({ env: { PIP_CONFIG_FILE: '/dev/null' } });
  assert.deepEqual([urls(none), links(none)], [['https://pypi.org/simple'], []]);
});

test('a pip.conf that cannot be read is an error with its line, and without the line itself', async () => {
  await using rig = await indexRig();
  write(rig, 'home/.config/pip/pip.conf', '[global]\nmy secret\n');
  const error = await rejectsWith(rig.settings(), 'index-settings', /pip\.conf: line 2 /);
  assert.equal(error.location?.line, 2);
  assert(!inspect(error).includes('secret'));
});

test('a uv.toml that cannot be read is an error without the line itself', async () => {
  await using rig = await indexRig();
  write(rig, 'uv.toml', 'index-url = "https://me:secret@host\n');
  const error = await rejectsWith(rig.settings(), 'index-settings', /not valid TOML/);
  assert.equal(error.location?.line, 1);
  assert.equal(error.location.text, undefined);
});

test("uv's files are looked for up to the root, uv.toml before pyproject.toml in one folder", async () => {
  await using rig = await indexRig();
  write(rig, 'uv.toml', 'extra-index-url = ["https://root/simple"]\nfind-links = ["wheels"]\n');
  write(rig, 'pyproject.toml', '[tool.uv]\nindex-url = "https://not/simple"\n');
  write(
    rig,
    'a/b/pyproject.toml',
    '[[tool.uv.index]]\nurl = "../flat"\nformat = "flat"\n[[tool.uv.index]]\nurl = "https://b/simple"\nexplicit = true\n',
  );
  const setup = await rig.settings({ folder: path.join(rig.folder, 'a/b') });
  assert.deepEqual(urls(setup), ['https://b/simple', 'https://root/simple', 'https://pypi.org/simple']);
  assert.equal(setup.indexes[0]?.explicit, true);
  assert.deepEqual(links(setup), [`file://${rig.folder}/a/flat`, `file://${rig.folder}/wheels`]);
  const bounded = await rig.settings({ folder: path.join(rig.folder, 'a/b'), root: path.join(rig.folder, 'a') });
  assert.deepEqual(urls(bounded), ['https://b/simple', 'https://pypi.org/simple']);
});

test('UV_CONFIG_FILE stands for all of uv’s files, UV_NO_CONFIG leaves them out', async () => {
  await using rig = await indexRig();
  write(rig, 'uv.toml', 'index-url = "https://project/simple"\n');
  write(rig, 'own.toml', 'index-url = "https://own/simple"\noffline = true\n');
  const own = await rig.settings({ env: { UV_CONFIG_FILE: 'own.toml' } });
  assert.deepEqual([urls(own), own.offline], [['https://own/simple'], true]);
  assert.deepEqual(urls(await rig.settings({ env: { UV_NO_CONFIG: '1' } })), ['https://pypi.org/simple']);
});

test('the machine’s uv.toml counts last, and only the first that is there', async () => {
  await using rig = await indexRig();
  write(rig, 'system/etc/xdg/uv/uv.toml', 'index-url = "https://xdg/simple"\n');
  write(rig, 'system/etc/uv/uv.toml', 'extra-index-url = ["https://etc/simple"]\n');
  assert.deepEqual(urls(await rig.settings()), ['https://xdg/simple']);
  assert.deepEqual(urls(await rig.settings({ env: { UV_INDEX_URL: 'https://env/simple' } })), ['https://env/simple']);
});

test('no-index in any place leaves only find-links', async () => {
  await using rig = await indexRig();
  for (const env of [{ PIP_NO_INDEX: 'yes' }, { UV_NO_INDEX: '1' }]) {
    const setup = await rig.settings({ env, indexes: ['https://a/simple'], findLinks: ['/w'] });
    assert.deepEqual([urls(setup), links(setup)], [[], ['file:///w']]);
  }
  assert.deepEqual(urls(await rig.settings({ lock: { extraIndexUrls: [], findLinks: [], noIndex: true } })), []);
  assert.equal(urls(await rig.settings({ env: { PIP_NO_INDEX: '0' } })).length, 1);
});

test('logins are split off from every place and cannot be printed', async () => {
  await using rig = await indexRig();
  write(rig, 'uv.toml', '[[index]]\nurl = "https://u1:secret1@a/simple"\n');
  write(rig, 'home/.netrc', 'machine d login u4 password secret4\n');
  const setup = await rig.settings({
    indexes: ['https://u0:secret0@z/simple'],
    findLinks: ['https://u2:secret2@b/links'],
    env: { PIP_EXTRA_INDEX_URL: 'https://u3:secret3@c/simple' },
  });
  assert(!inspect(setup, { depth: 9, showHidden: true }).includes('secret'));
  assert(!JSON.stringify(setup).includes('secret'));
  const logins = [];
  for (const host of ['z', 'a', 'b', 'c', 'd']) {
    const header = (await setup.credentials.header(`https://${host}/files/x.whl`)) ?? '';
    logins.push(Buffer.from(header.replace('Basic ', ''), 'base64').toString());
  }
  assert.deepEqual(logins, ['u0:secret0', 'u1:secret1', 'u2:secret2', 'u3:secret3', 'u4:secret4']);
});

test('UV_INDEX_<NAME>_… logs in to the index of that name', async () => {
  await using rig = await indexRig();
  write(rig, 'uv.toml', '[[index]]\nname = "my-corp.x"\nurl = "https://old@a/simple"\nexplicit = true\n');
  const env = { UV_INDEX_MY_CORP_X_USERNAME: 'u', UV_INDEX_MY_CORP_X_PASSWORD: 'p' };
  const setup = await rig.settings({ env });
  assert.equal(await setup.credentials.header('https://a/simple/x/'), `Basic ${btoa('u:p')}`);
});

test('NETRC names another file; one that cannot be read is passed over', async () => {
  await using rig = await indexRig();
  write(rig, 'other', 'machine a login u password p\n');
  const setup = await rig.settings({ env: { NETRC: path.join(rig.folder, 'other') } });
  assert.equal(await setup.credentials.header('https://a:444/x'), `Basic ${btoa('u:p')}`);
  assert.equal(await (await rig.settings({ env: { NETRC: rig.folder } })).credentials.header('https://a/'), undefined);
});

test("pip's cert and trusted-host become trust of the hosts concerned", async () => {
  await using rig = await indexRig();
  const setup = await rig.settings({
    indexes: ['https://a:8443/simple'],
    env: { PIP_CERT: 'ca.pem', PIP_TRUSTED_HOST: 'b a:8443' },
  });
  const ca = path.join(rig.folder, 'ca.pem');
  assert.deepEqual(setup.trust.get('a:8443'), { ca, insecure: true });
  assert.deepEqual(setup.trust.get('b'), { insecure: true });
  assert.deepEqual(setup.trust.get('files.pythonhosted.org'), { ca });
  assert.equal((await rig.settings()).trust.size, 0);
});
