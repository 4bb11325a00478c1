import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchRule } from '../../src/config/target.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { ruleChanges, type Ruled } from '../../src/run/rules.ts';

type Contents = Readonly<Record<string, string>>;

/** Regular files of these contents that lie below a folder; they are of user 5 in the app layer. */
function files(folder: string, contents: Contents, place = '', uid = 0): readonly Entry[] {
  return Object.entries(contents).map(([name, text]): Entry => {
    const content = { kind: 'path', path: name === '' ? folder : `${folder}/${name}`, sha256: text } as const;
    return { type: 'file', path: `${place}${name}`, mode: 0o644, uid, gid: uid, sizeBytes: text.length, content };
  });
}

function folderAt(path: string): Entry {
  return { type: 'directory', path, mode: 0o755, uid: 5, gid: 5 };
}

function rule(action: WatchRule['action'], path: string, more: Partial<WatchRule> = {}): WatchRule {
  return { action, path, ignore: [], ...more };
}

/** An app in /p that stands in /app, where a rule looks at a folder of its own. */
function ruled(watch: readonly WatchRule[], app: Contents, below: Contents = {}, more: readonly Entry[] = []): Ruled {
  const watched = watch.map(({ path, ignore }) => ({ path, ignore, entries: files(path, below) }));
  const entries = [...['app', 'app/src'].map(folderAt), ...files('/p', app, 'app/', 5), ...more];
  return { target: { context: '/p', workdir: '/app', watch }, entries, watched, folders: {} };
}

function told(before: Ruled, after: Ruled): object {
  const { changes, restart, rebuild } = ruleChanges(before, after);
  const paths = (entries: readonly Entry[]): string[] => entries.map((entry) => entry.path).toSorted();
  return { put: paths(changes.put), removed: paths(changes.removed), restart, rebuild };
}

const nothing = { put: [], removed: [], restart: false, rebuild: false };

test('without a target files go where the app layer has them, as it has them', () => {
  const watch = [rule('sync', '/p/src', { ignore: ['*.map'] })];
  const before = ruled(watch, { 'src/a.py': '1', 'src/b.py': '1', 'src/c.map': '1', 'notes.txt': '1' });
  const after = ruled(watch, { 'src/a.py': '2', 'src/d.py': '1', 'src/c.map': '2', 'notes.txt': '2' });
  assert.deepEqual(told(before, after), {
    ...nothing,
    put: ['app/src/a.py', 'app/src/d.py'],
    removed: ['app/src/b.py'],
  });
  assert.equal(ruleChanges(before, after).changes.put[0]?.uid, 5);
  assert.deepEqual(told(after, after), nothing);
});

test('links and folders of the app below the path come and go as well', () => {
  const watch = [rule('sync', '/p/src')];
  const common = { mode: 0o777, uid: 0, gid: 0 };
  const link = (target: string): Entry => ({ ...common, type: 'symlink', path: 'app/src/link', target });
  const before = ruled(watch, {}, {}, [link('one'), ...['app/src/gone', 'app/other'].map(folderAt)]);
  const after = ruled(watch, {}, {}, [link('two')]);
  assert.deepEqual(told(before, after), { ...nothing, put: ['app/src/link'], removed: ['app/src/gone'] });
});

test('a rule with a target puts files there, with the folders that lead to them', () => {
  const watch = [rule('sync+restart', '/p/static', { target: '/srv/www/' })];
  const before = ruled(watch, {}, { 'css/site.css': '1', 'js/old.js': '1', 'index.html': '1' });
  const after = ruled(watch, {}, { 'css/site.css': '2', 'index.html': '1' });
  assert.deepEqual(told(before, after), {
    put: ['srv', 'srv/www', 'srv/www/css', 'srv/www/css/site.css'],
    removed: ['srv/www/js', 'srv/www/js/old.js'],
    restart: true,
    rebuild: false,
  });
});

test('a target in the app layer leaves owners and folders as that has them', () => {
  const watch = [rule('sync', '/p/src', { target: '/app/src' })];
  const [before, after] = ['1', '2'].map((text) => ruled(watch, { 'src/a.py': text }, { 'a.py': text }));
  assert(before !== undefined && after !== undefined);
  const { put } = ruleChanges(before, after).changes;
  assert.deepEqual(
    put.map(({ path, uid }) => [path, uid]),
    [['app/src/a.py', 5]],
  );
});

test('a rule may be for one file; a target that ends with a slash is the folder that it goes into', () => {
  for (const target of ['/etc/app/', '/etc/app/settings.toml']) {
    const watch = [rule('sync', '/p/settings.toml', { target })];
    const [none, one] = [ruled(watch, {}), ruled(watch, {}, { '': '1' })];
    assert.deepEqual(told(none, one), { ...nothing, put: ['etc', 'etc/app', 'etc/app/settings.toml'] });
    assert.deepEqual(told(one, none), { ...nothing, removed: ['etc/app/settings.toml'] });
  }
});

test('a symlinked folder of the base is not replaced by a folder', () => {
  const watch = [rule('sync', '/p/static', { target: '/var/run/www' })];
  const folders = { '/var/run': { symlink: '/run' } };
  const before = { ...ruled(watch, {}, { a: '1' }), folders };
  const after = { ...ruled(watch, {}, { a: '2' }), folders };
  assert.deepEqual(told(before, after), { ...nothing, put: ['run', 'run/www', 'run/www/a'] });
});

test('several rules for one change act together, and one that is new has nothing to say yet', () => {
  const watch = [rule('sync', '/p/src'), rule('restart', '/p/etc')];
  const [before, after] = ['1', '2'].map((text) => ruled(watch, { 'src/a.py': text }, { a: text }));
  assert(before !== undefined && after !== undefined);
  assert.deepEqual(told(before, after), { ...nothing, put: ['app/src/a.py'], restart: true });
  const more = [...watch, rule('rebuild', '/p/more')];
  assert.deepEqual(told(before, ruled(more, { 'src/a.py': '1' }, { a: '1' })), nothing);
  const rebuilt = ['1', '2'].map((text) => ruled(more, {}, { a: text }));
  assert.deepEqual(told(rebuilt[0]!, rebuilt[1]!), { ...nothing, restart: true, rebuild: true });
});
