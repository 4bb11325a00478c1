import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BasePins, pinKey, pinOf, readPins, samePins, writePins } from '../../src/plan/lockfile.ts';
import { ownerName } from '../../src/store/owner.ts';
import { PycontainerError } from '../../src/errors.ts';
import { rejectsWith } from '../support/rejects.ts';

interface Folder extends Disposable {
  readonly root: string;
  readonly file: string;
}

function folder(text?: string): Folder {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-pins-'));
  const file = path.join(root, 'pycontainer.lock');
  if (text !== undefined) fs.writeFileSync(file, text);
  return { root, file, [Symbol.dispose]: () => fs.rmSync(root, { recursive: true, force: true }) };
}

function pinned(...names: readonly (readonly [reference: string, platform: string, digest: string])[]): BasePins {
  return new Map(
    names.map(([text, platformText, of]) => {
      const [reference, platform] = [parseReference(text), parsePlatform(platformText)];
      const interpreter = {
        path: '/usr/bin/python3.12',
        version: '3.12.7',
        implementation: 'cpython',
        freeThreaded: false,
        packages: {},
      } as const;
      const facts = {
        interpreter,
        libc: { kind: 'glibc', version: '2.36' },
        machine: 'x',
        libraries: [],
        folders: {},
      } as const;
      return [pinKey(reference, platform), pinOf(reference, platform, digestOf(of), facts)];
    }),
  );
}

function mistakeIn(text: string): PycontainerError {
  using test = folder(text);
  try {
    readPins(test.root);
  } catch (error) {
    assert(error instanceof PycontainerError);
    assert.equal(error.code, 'lock-syntax');
    return error;
  }
  return assert.fail('it was read');
}

it('one base a line, sorted, in words that a reviewer understands', async () => {
  using test = folder();
  await writePins(
    test.root,
    pinned(
      ['python:3.13-slim', 'linux/arm64', 'b'],
      ['ghcr.io/a/b:1', 'linux/amd64', 'c'],
      ['python:3.13-slim', 'linux/amd64', 'a'],
    ),
  );
  const facts = 'python=3.12.7 interpreter=/usr/bin/python3.12 libc=glibc-2.36';
  assert.equal(
    fs.readFileSync(test.file, 'utf8'),
    [
      '# pycontainer.lock: the bases that the images stand on. Written by pycontainer up, moved by pycontainer lock. Commit it.',
      'version 1',
      `base docker.io/library/python:3.13-slim linux/amd64 ${digestOf('a')} ${facts}`,
      `base docker.io/library/python:3.13-slim linux/arm64 ${digestOf('b')} ${facts}`,
      `base ghcr.io/a/b:1 linux/amd64 ${digestOf('c')} ${facts}`,
      '',
    ].join('\n'),
  );
});

it('what is written is read again, whatever its order, line ends and comments', async () => {
  const places = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('a:1', 'b:2', 'ghcr.io/x/y:3'),
      fc.constantFrom('linux/amd64', 'linux/arm/v7'),
      fc.string(),
    ),
    { selector: ([reference, platform]) => `${reference} ${platform}` },
  );
  await fc.assert(
    fc.asyncProperty(places, fc.boolean(), async (list, windows) => {
      using test = folder();
      const pins = pinned(...list);
      await writePins(test.root, pins);
      const text = fs.readFileSync(test.file, 'utf8');
      const lines = text.trimEnd().split('\n').toReversed();
      fs.writeFileSync(test.file, ['# mine', ...lines, ''].join(windows ? '\r\n' : '\n'));
      const read = readPins(test.root);
      assert(samePins(read, pins) && samePins(pins, read));
      await writePins(test.root, read);
      assert.equal(fs.readFileSync(test.file, 'utf8'), text);
    }),
    { numRuns: 60 },
  );
});

it('pins of equal bases are the same, a moved one, a missing one and other facts are not', () => {
  const [a, moved] = [pinned(['a:1', 'linux/amd64', 'x']), pinned(['a:1', 'linux/amd64', 'y'])];
  assert(!samePins(a, moved) && !samePins(a, new Map()) && !samePins(new Map(), a));
  const other = new Map([...a].map(([key, pin]) => [key, { ...pin, facts: [] }]));
  assert(!samePins(a, other));
});

it('no file pins nothing', () => {
  using test = folder();
  assert.equal(readPins(test.root).size, 0);
});

const line = `base docker.io/library/a:1 linux/amd64 ${digestOf('x')}`;

for (const marker of ['<<<<<<< ours', '=======', '>>>>>>> theirs', '||||||| base']) {
  it(`names a merge conflict as one at ${marker}`, () => {
    const error = mistakeIn(`version 1\n${line}\n${marker}\n`);
    assert.equal(error.message, 'pycontainer.lock has a merge conflict');
    assert.equal(error.hint, 'Keep the lines of either side, or remove the file and run `pycontainer lock`.');
    assert.deepEqual(
      [error.location?.file, error.location?.line, error.location?.text],
      ['pycontainer.lock', 3, marker],
    );
  });
}

it('refuses a base that is pinned twice, as a merge that kept both sides leaves it', () => {
  const error = mistakeIn(`${line}\n${line.replace(/sha256.*/, digestOf('y'))}\n`);
  assert.equal(error.message, 'pycontainer.lock pins docker.io/library/a:1 for linux/amd64 twice');
  assert.equal(error.location?.line, 2);
});

for (const text of ['version 2', 'base', 'base a linux/amd64 sha256:00', 'package x', '{}', '\0']) {
  it(`refuses the line ${JSON.stringify(text)}, with its place`, () => {
    const error = mistakeIn(`version 1\n\n${text}\n`);
    assert.equal(error.message, 'pycontainer.lock cannot be read');
    assert.equal(error.location?.line, 3);
  });
}

it('leaves nothing beside the file, and removes what a killed process left', async () => {
  using test = folder();
  const { pid } = spawnSync(process.execPath, ['--version']);
  fs.writeFileSync(`${test.file}.pycontainer-${ownerName().replace(/\d+$/, String(pid))}-00.tmp`, '');
  await writePins(test.root, pinned(['a:1', 'linux/amd64', 'x']));
  assert.deepEqual(fs.readdirSync(test.root), ['pycontainer.lock']);
});

it('says in plain words that it cannot be written', async () => {
  using test = folder();
  const missing = path.join(test.root, 'missing');
  await rejectsWith(writePins(missing, new Map()), 'output-unusable', /pycontainer\.lock cannot be written \(ENOENT\)/);
});
