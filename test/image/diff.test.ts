import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configChanges } from '../../src/image/config-diff.ts';
import { diffImages, type ImageDiff } from '../../src/image/diff.ts';
import { folder, hardlink, symlink, type TestFiles, type TestImage } from '../base/image.ts';
import { testSources } from '../base/sources.ts';
import { opened } from './images.ts';

async function diffOf(from: TestImage, to: TestImage): Promise<ImageDiff> {
  await using test = await testSources();
  return await diffImages(await opened(from, test), await opened(to, test), test.sources);
}

const files = async (
  from: readonly TestFiles[],
  to: readonly TestFiles[],
): Promise<readonly (readonly unknown[])[]> => {
  const diff = await diffOf({ layers: from }, { layers: to });
  return diff.files.map(({ path, change, what }) => [path, change, ...what]);
};

test('equal images differ in nothing, however their layers are compressed and when their files are from', async () => {
  const layers = [{ 'etc/a': 'a' }, { 'etc/b': 'b' }];
  const none = { layers: [], files: [], packages: [], config: [] };
  assert.deepEqual(await diffOf({ layers }, { layers, compression: 'zstd' }), none);
  const later = [{ 'etc/a': { body: 'a', mtime: new Date(1e12) } }, { 'etc/b': 'b' }];
  assert.deepEqual((await diffOf({ layers }, { layers: later })).files, []);
});

test('files that come, go and change are told with what changed, whichever layer they are in', async () => {
  const from = [{ same: '1', text: 'a', mode: 'x', owner: 'x', link: symlink('same'), kind: 'x', gone: 'x' }];
  const to = [
    { same: '1', kind: symlink('same'), link: symlink('text') },
    { text: 'b', mode: { mode: 0o755, body: 'x' }, owner: { uid: 7, body: 'x' }, new: 'n' },
  ];
  assert.deepEqual(await files(from, to), [
    ['/gone', 'removed'],
    ['/kind', 'changed', 'type'],
    ['/link', 'changed', 'target'],
    ['/mode', 'changed', 'mode'],
    ['/new', 'added'],
    ['/owner', 'changed', 'owner'],
    ['/text', 'changed', 'content'],
  ]);
});

test('what a container does not see makes no difference to files', async () => {
  const whole = [{ 'a/x': 'x' }];
  assert.deepEqual(
    await files(whole, [
      { 'a/x': 'old', 'a/y': 'y' },
      { 'a/.wh.y': '', 'a/x': 'x' },
    ]),
    [],
  );
  assert.deepEqual(await files(whole, [{ 'a/z': 'z' }, { 'a/.wh..wh..opq': '', 'a/x': 'x' }]), []);
  assert.deepEqual(
    await files(
      [{ real: folder(), 'real/x': 'x', a: symlink('real') }],
      [{ real: folder(), a: symlink('real') }, { 'a/x': 'x' }],
    ),
    [],
  );
  assert.deepEqual(await files([{ one: 'x', two: 'x' }], [{ one: 'x', two: hardlink('one') }]), []);
});

test('layers are told by their contents, and by their order', async () => {
  const [a, b, c] = [{ a: 'a' }, { b: 'b' }, { c: 'c' }];
  const changes = async (from: readonly TestFiles[], to: readonly TestFiles[]): Promise<string> =>
    (await diffOf({ layers: from }, { layers: to })).layers.map(({ change }) => change).join(' ');
  assert.equal(await changes([a, b], [a, c]), 'removed added');
  assert.equal(await changes([a, b], [a, b, a]), 'added');
  assert.equal(await changes([a, b, c], [b, a, c]), 'moved moved');
  assert.equal(await changes([a, c], [a, b, c]), 'added');
});

test('packages are told by what their dist-info says, each folder for itself', async () => {
  const installed = (name: string, version: string, folder = 'opt/venv/lib/python3.12/site-packages'): TestFiles => ({
    [`${folder}/${name}-${version}.dist-info/METADATA`]: 'x',
  });
  const from = { ...installed('Num.Py', '1.0'), ...installed('gone', '1.0'), ...installed('same', '1.0') };
  const to = {
    ...installed('num_py', '2.0'),
    ...installed('new', '1.0'),
    ...installed('same', '1.0'),
    ...installed('same', '2.0', 'usr/lib'),
  };
  const { packages } = await diffOf({ layers: [from] }, { layers: [to] });
  assert.deepEqual(
    packages.map(({ name, from, to }) => [name, from, to]),
    [
      ['gone', '1.0', undefined],
      ['new', undefined, '1.0'],
      ['num-py', '1.0', '2.0'],
      ['same', undefined, '2.0'],
    ],
  );
});

test('annotations are compared where both places keep them', async () => {
  await using test = await testSources();
  const image = await opened({ layers: [] }, test);
  const annotated = { ...image, annotations: { a: '1' } };
  assert.deepEqual(configChanges(image, annotated), [{ key: 'annotations.a', from: undefined, to: '1' }]);
  const { annotations: _, ...without } = image;
  assert.deepEqual(configChanges(without, annotated), []);
});

test('of the config each variable and label is told by itself', async () => {
  const layers = [{ a: 'a' }];
  const { config } = await diffOf(
    { layers, config: { Env: ['A=1', 'B=x=y', 'C'], Cmd: ['a'], Labels: { x: '1', y: '2' }, User: '1' } },
    {
      layers,
      config: { Env: ['B=x=z', 'A=1', 'C'], Cmd: ['a', 'b'], Labels: { x: '1' }, ExposedPorts: { '80/tcp': {} } },
    },
  );
  assert.deepEqual(
    config.map(({ key, from, to }) => [key, from, to]),
    [
      ['Cmd', '["a"]', '["a","b"]'],
      ['Env.B', 'x=y', 'x=z'],
      ['ExposedPorts.80/tcp', undefined, '{}'],
      ['Labels.y', '2', undefined],
      ['User', '1', undefined],
    ],
  );
});
