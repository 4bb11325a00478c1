import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { WatchRule } from '../../src/config/target.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { WatchRules } from '../../src/run/rules.ts';

/** A folder whose `src` stands in the app layer below `app/src`. */
class Folder implements Disposable {
  readonly root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-rules-'));

  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.root, name)), { recursive: true });
    fs.writeFileSync(path.join(this.root, name), text);
  }

  remove(name: string): void {
    fs.rmSync(path.join(this.root, name), { recursive: true });
  }

  entries(): readonly Entry[] {
    const names = fs.readdirSync(path.join(this.root, 'src'), { recursive: true, encoding: 'utf8' });
    return names.map((name): Entry => {
      const source = path.join(this.root, 'src', name);
      const { size } = fs.statSync(source);
      const common = { path: `app/src/${name}`, mode: 0o600, uid: 5, gid: 5 };
      return { ...common, type: 'file', sizeBytes: size, content: { kind: 'path', path: source } };
    });
  }

  rule(action: WatchRule['action'], where: string, more: Partial<WatchRule> = {}): WatchRule {
    return { action, path: path.join(this.root, where), ignore: [], ...more };
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

function looking(
  folder: Folder,
  ...rules: readonly WatchRule[]
): () => { put: string[]; removed: string[]; restart: boolean; rebuild: boolean } {
  const watch = new WatchRules(rules);
  let before = folder.entries();
  return () => {
    const after = folder.entries();
    const { changes, restart, rebuild } = watch.look(before, after);
    before = after;
    const paths = (entries: readonly Entry[]): string[] => entries.map((entry) => entry.path).toSorted();
    return { put: paths(changes.put), removed: paths(changes.removed), restart, rebuild };
  };
}

const nothing = { put: [], removed: [], restart: false, rebuild: false };

test('files go where the app layer has them, and nothing is told twice', () => {
  using folder = new Folder();
  folder.write('src/a.py', '1');
  folder.write('src/b.py', '1');
  folder.write('notes/c', '1');
  const look = looking(folder, folder.rule('sync', 'src'));
  assert.deepEqual(look(), nothing);
  folder.write('src/a.py', '22');
  folder.write('src/d.py', '1');
  folder.write('notes/c', '22');
  folder.remove('src/b.py');
  assert.deepEqual(look(), { ...nothing, put: ['app/src/a.py', 'app/src/d.py'], removed: ['app/src/b.py'] });
  assert.deepEqual(look(), nothing);
});

test('a rule with a target puts files there, in the app layer or not', () => {
  using folder = new Folder();
  folder.write('src/a.py', '1');
  folder.write('static/css/site.css', '1');
  const look = looking(folder, folder.rule('sync+restart', 'static', { target: '/srv/www/', ignore: ['*.map'] }));
  folder.write('static/css/site.css', '22');
  folder.write('static/css/site.map', '1');
  assert.deepEqual(look(), { ...nothing, put: ['srv/www/css/site.css'], restart: true });
});

test('a rule may be for one file, and for what is not there yet', () => {
  using folder = new Folder();
  folder.write('src/a.py', '1');
  const look = looking(folder, folder.rule('restart', 'config.toml'), folder.rule('rebuild', 'src/a.py'));
  folder.write('config.toml', 'x');
  assert.deepEqual(look(), { ...nothing, restart: true });
  folder.write('src/a.py', '22');
  assert.deepEqual(look(), { ...nothing, rebuild: true });
});

test('an ignore rule of git has no say in what a rule watches', () => {
  using folder = new Folder();
  folder.write('src/a.py', '1');
  folder.write('.gitignore', 'generated');
  const look = looking(folder, folder.rule('sync', 'generated', { target: '/generated' }));
  folder.write('generated/x', '1');
  assert.deepEqual(look().put, ['generated/x']);
});
