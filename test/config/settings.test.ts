import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { loadSettings } from '../../src/config/settings.ts';
import { PycontainerError } from '../../src/errors.ts';
import { formatError } from '../../src/ui/error.ts';
import { makeFolder } from './folder.ts';

test('a host takes each key from the nearest file: the user’s, then the machine’s in their order', async () => {
  await using folder = await makeFolder({
    'home/.config/pycontainer/config.yaml': 'registries: {a: {mirrors: [user]}}',
    'first/pycontainer/config.yaml': 'registries: {a: {insecure: true, mirrors: [first]}, b: {mirrors: [first]}}',
    'third/pycontainer/config.yaml': 'registries: {d: {}}',
    'second/pycontainer/config.yaml': 'registries: {b: {mirrors: [second], ca: ca.pem}, c: {insecure: "${C}"}}',
  });
  const { registries } = await loadSettings({
    HOME: path.join(folder.path, 'home'),
    XDG_CONFIG_DIRS: `${folder.path}/first:${path.relative('.', folder.path)}/third:${folder.path}/second`,
    C: 'false',
  });
  assert.deepEqual(Object.fromEntries(registries), {
    a: { insecure: true, mirrors: ['user'] },
    b: { mirrors: ['first'], ca: path.join(folder.path, 'second/pycontainer/ca.pem') },
    c: { insecure: false },
  });
});

test('XDG_CONFIG_HOME moves the user’s file; an empty one does not', async () => {
  await using folder = await makeFolder({
    '.config/pycontainer/config.yaml': 'registries: {home: {}}',
    'moved/pycontainer/config.yaml': 'registries: {moved: {}}',
  });
  const hosts = async (home: string): Promise<string[]> => {
    const env = { HOME: folder.path, XDG_CONFIG_HOME: home, XDG_CONFIG_DIRS: folder.path };
    return [...(await loadSettings(env)).registries.keys()];
  };
  assert.deepEqual(await hosts(path.join(folder.path, 'moved')), ['moved']);
  assert.deepEqual(await hosts(''), ['home']);
});

test('no file, and an empty one, are no settings', async () => {
  await using folder = await makeFolder({
    'a/pycontainer/config.yaml': '',
    'b/pycontainer/config.yaml': 'registries:\n',
  });
  for (const name of ['a', 'b', 'c']) {
    const env = { XDG_CONFIG_HOME: path.join(folder.path, name), XDG_CONFIG_DIRS: folder.path };
    assert.equal((await loadSettings(env)).registries.size, 0);
  }
});

test('a mistake has its place in the settings file', async () => {
  await using folder = await makeFolder({
    'pycontainer/config.yaml':
      'registry: {}\nregistries:\n  ghcr.io: {mirror: [x]}\n  "http://x": {}\n  y: {mirrors: ["https://z"]}\n',
  });
  await assert.rejects(loadSettings({ XDG_CONFIG_HOME: folder.path, XDG_CONFIG_DIRS: '/nonexistent' }), (error) => {
    assert.ok(error instanceof PycontainerError);
    assert.deepEqual(
      formatError(error)
        .replaceAll(folder.path, '')
        .match(/^(?:error| +-->).*$/gm),
      [
        "error[manifest-unknown-key]: 'registry' is not a key of the settings",
        ' --> /pycontainer/config.yaml:1:1',
        "error[manifest-unknown-key]: 'mirror' is not a key of a registry",
        ' --> /pycontainer/config.yaml:3:13',
        "error[manifest-invalid]: 'http://x' is not a host",
        ' --> /pycontainer/config.yaml:4:3',
        "error[manifest-invalid]: 'https://z' is not a mirror",
        ' --> /pycontainer/config.yaml:5:17',
      ],
    );
    return true;
  });
});
