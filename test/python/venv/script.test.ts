import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstallTarget } from '../../../src/python/install/target.ts';
import { movedScript } from '../../../src/python/venv/script.ts';

const target: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' };
const body = 'import sys\nfrom tool import main\n';

function moved(text: string, folder = '/home/me/app/.venv'): string | undefined {
  return movedScript(Buffer.from(text), folder, target)?.toString();
}

const own: readonly (readonly [what: string, start: string, folder?: string])[] = [
  ['a launcher', '#!/home/me/app/.venv/bin/python\n'],
  ['one with a version', '#!/home/me/app/.venv/bin/python3.12\n'],
  ['one from before the venv was moved', '#!/elsewhere/.venv/bin/python3\n'],
  ['one with CRLF', '#!/home/me/app/.venv/bin/python\r\n'],
  [
    "a long path's, by way of the shell",
    `#!/bin/sh\n'''exec' /home/${'x'.repeat(200)}/.venv/bin/python "$0" "$@"\n' '''\n`,
  ],
  ['a quoted one', `#!/bin/sh\n'''exec' '/home/my app/.venv/bin/python' "$0" "$@"\n' '''\n`],
  ['one with a blank in its path', '#!/home/my app/.venv/bin/python\n'],
  ['one beyond ASCII', '#!/home/jürgen/.venv/bin/python\n', '/home/jürgen/.venv'],
];
for (const [what, start, folder] of own) {
  test(`${what} starts the image's Python, and is else as it was`, () => {
    assert.equal(moved(start + body, folder), `#!/opt/venv/bin/python\n${body}`);
  });
}

for (const [what, start] of [
  ["a script of the system's Python", '#!/usr/bin/python3\n'],
  ['a script that looks along PATH', '#!/usr/bin/env python\n'],
  ['a shell script', '#!/bin/sh\necho hi\n'],
  ["another environment's launcher", '#!/home/me/other/bin/python\n'],
  ['a program', '\x7fELF'],
  ['an empty file', ''],
] as const) {
  test(`${what} stays as it is`, () => {
    assert.equal(moved(start + body), undefined);
  });
}
