import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { Ended, RigFiles } from '../support/rig.ts';
import { makeWheel } from '../support/wheel.ts';
import { addWheels, manifest, requirements, smallProject } from './project.ts';

const forWindows = makeWheel({ name: 'native', tag: 'cp39-cp39-win_amd64' });

/** What is refused before anything is built: files to write, the exit status and what stderr has. */
const refused: Readonly<Record<string, { files?: RigFiles; args?: string[]; status: 1 | 2; says: RegExp }>> = {
  'an unknown key': {
    files: { 'pycontainer.yaml': manifest.replace('tags:', 'tag:') },
    status: 2,
    says: /^error\[manifest-unknown-key\].*'tag'.*\n --> pycontainer\.yaml:5:5\n/m,
  },
  'a key that does nothing yet': {
    files: { 'pycontainer.yaml': `${manifest}    steps: [make]\n` },
    status: 2,
    says: /^error\[not-supported-yet\]/m,
  },
  'an unknown target': { args: ['wep'], status: 2, says: /^error\[target-not-found\].*wep[\s\S]*web/m },
  'a base that is not there': {
    files: { 'pycontainer.yaml': manifest.replace('../base', '../bases') },
    status: 1,
    says: /^error\[base-not-found\].*\n --> pycontainer\.yaml:\d+:\d+\n[^]*\.\.\/bases[^]*\n {2}= help: /m,
  },
  'a context that is not there': {
    files: { 'pycontainer.yaml': `${manifest}    context: nowhere\n` },
    status: 1,
    says: /^error\[file-unreadable\]: There is no folder \S+\/nowhere\n --> pycontainer\.yaml:\d+:\d+\n[^]*\^{7}\n {2}= help: Check `context`/m,
  },
  'a context that is a file': {
    files: { 'pycontainer.yaml': `${manifest}    context: requirements.txt\n` },
    status: 1,
    says: /^error\[file-unreadable\]: \S+\/requirements\.txt is no folder\n --> pycontainer\.yaml:/m,
  },
  'a files rule that matches nothing': {
    files: { 'pycontainer.yaml': `${manifest}    files: [{ src: nothing, dest: /x }]\n` },
    status: 1,
    says: /^error\[file-unreadable\]: files: nothing matches 'nothing'\n --> pycontainer\.yaml:\d+:20\n[^]*\^{7}\n {2}= help: /m,
  },
  'a lock that is not there': {
    files: { 'pycontainer.yaml': `${manifest}    dependencies: { from: uv.lock }\n` },
    status: 2,
    says: /^error\[lock-not-found\]: There is no lock file uv\.lock\n --> pycontainer\.yaml:\d+:\d+\n[^]*\^{7}\n {2}= help: Make it with `uv lock`\.$/m,
  },
  'a platform that the base has not': {
    args: ['--platform', 'linux/arm64'],
    status: 2,
    says: /^error\[base-platform\].*linux\/arm64[\s\S]*linux\/amd64/m,
  },
  'a package that no index has': {
    files: { 'requirements.txt': `none==1.0 --hash=sha256:${'0'.repeat(64)}\n` },
    status: 1,
    says: /^error\[package-not-found\].*none[\s\S]*requirements\.txt:1/m,
  },
  'a wheel with another hash': {
    files: { 'requirements.txt': `small==1.0 --hash=sha256:${'0'.repeat(64)}\n` },
    status: 1,
    says: /^error\[wheel-hash-mismatch\].*small[\s\S]*requirements\.txt:1/m,
  },
  'a wheel for another Python': {
    files: { 'requirements.txt': requirements(forWindows) },
    status: 2,
    says: /^error\[wheel-not-fitting\].*native[\s\S]*requirements\.txt:1/m,
  },
  'no way to start': {
    files: { 'main.py': '', 'other.py': '', 'pycontainer.yaml': `${manifest}    exclude: [main.py]\n` },
    status: 2,
    says: /^error\[start-unknown\]/m,
  },
  'a lock with a merge conflict': {
    files: { 'pycontainer.lock': '<<<<<<< HEAD\n' },
    status: 2,
    says: /^error\[lock-syntax\].*conflict\n --> pycontainer\.lock:1:1/m,
  },
};

for (const [what, { files = {}, args = [], status, says }] of Object.entries(refused)) {
  test(`${what} ends with ${status}, says why, and nothing is written`, async () => {
    await using rig = await smallProject(files);
    addWheels(rig, forWindows);
    const ended = await rig.run(['up', ...args]);
    assert.equal(ended.status, status, ended.stderr);
    assert.match(ended.stderr, says);
    assertClean(ended);
    assert(!existsSync(rig.path('.pycontainer')));
  });
}

test('all mistakes of a manifest are told at once', async () => {
  await using rig = await smallProject({ 'pycontainer.yaml': `${manifest}    prots: [8000]\n    user: -1\n` });
  const { stderr, status } = await rig.run(['plan']);
  assert.equal(status, 2);
  assert.deepEqual(stderr.match(/^ --> .*$/gm), [' --> pycontainer.yaml:6:5', ' --> pycontainer.yaml:7:11']);
});

test('--progress rawjson tells failures as JSON, one line each', async () => {
  await using rig = await smallProject({ 'pycontainer.yaml': manifest.replace('tags:', 'tag:') });
  const { stderr, status } = await rig.run(['up', '--progress', 'rawjson']);
  assert.equal(status, 2);
  const last = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { type: string; error: { code: string } };
  assert.deepEqual([last.type, last.error.code], ['error', 'manifest-unknown-key']);
});

test('an output that cannot be written ends with 1, and what was built is kept', async () => {
  await using rig = await smallProject({ '.pycontainer': 'a file where a folder should be' });
  const first = await rig.run(['up']);
  assert.equal(first.status, 1);
  assert.match(first.stderr, /^error\[output-unusable\]/m);
  assertClean(first);
  rmSync(rig.path('.pycontainer'));
  const { events } = await rig.ok(['up', '--progress', 'rawjson']);
  assert.equal(events.find((event) => event.type === 'done')?.built, 0);
});

test('a folder without a Python project says what to do', async () => {
  await using rig = await smallProject();
  for (const name of ['pycontainer.yaml', 'requirements.txt', 'main.py']) rig.remove(name);
  const ended = await rig.run(['up']);
  assert.equal(ended.status, 2);
  assert.match(ended.stderr, /^error\[project-not-found\].*\n.*help: .*-C\./m);
  assertClean(ended);
});

/** No stack trace, no mistake of ours, nothing on stdout. */
function assertClean({ stdout, stderr }: Ended): void {
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /^\s+at |error\[internal\]/m);
}
