import assert from 'node:assert/strict';
import { test } from 'node:test';
import { venvEntries } from '../../../src/python/install/venv.ts';

const options = { prefix: '/opt/venv', interpreter: '/usr/local/bin/python3.12', version: '3.12.7' };

function listing(entries: ReturnType<typeof venvEntries>): string[] {
  return entries.map((entry) => {
    if (entry.type === 'symlink') return `${entry.path} -> ${entry.target}`;
    return entry.type === 'directory' ? `${entry.path}/` : entry.path;
  });
}

test('a venv is a settings file, links to the interpreter, and an empty site-packages', () => {
  assert.deepEqual(listing(venvEntries(options)), [
    'opt/',
    'opt/venv/',
    'opt/venv/bin/',
    'opt/venv/bin/python -> /usr/local/bin/python3.12',
    'opt/venv/bin/python3 -> python',
    'opt/venv/bin/python3.12 -> python',
    'opt/venv/lib/',
    'opt/venv/lib/python3.12/',
    'opt/venv/lib/python3.12/site-packages/',
    'opt/venv/lib64 -> lib',
    'opt/venv/pyvenv.cfg',
  ]);
});

test('the settings say where the interpreter is, and nothing that would differ from build to build', () => {
  const text = (more: object): string => {
    const entry = venvEntries({ ...options, ...more }).find(({ path }) => path.endsWith('pyvenv.cfg'));
    return entry?.type === 'file' && entry.content.kind === 'bytes' ? Buffer.from(entry.content.bytes).toString() : '';
  };
  assert.equal(
    text({}),
    'home = /usr/local/bin\ninclude-system-site-packages = false\nversion = 3.12.7\nexecutable = /usr/local/bin/python3.12\n',
  );
  assert.match(text({ systemSitePackages: true }), /^include-system-site-packages = true$/m);
});

test('other interpreters have their own names besides', () => {
  const free = listing(venvEntries({ ...options, version: '3.14.0', freeThreaded: true }));
  assert.ok(free.includes('opt/venv/bin/python3.14t -> python') && free.includes('opt/venv/bin/python3.14 -> python'));
  assert.ok(free.includes('opt/venv/lib/python3.14t/site-packages/'));
  const pypy = listing(venvEntries({ ...options, version: '3.10.14', implementation: 'pypy' }));
  assert.ok(pypy.includes('opt/venv/bin/pypy3 -> python') && pypy.includes('opt/venv/lib/pypy3.10/site-packages/'));
});
