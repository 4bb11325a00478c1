import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  /** Reads the script; `ready` is shown after it. */
  readonly setUp: string;
}

const shells: readonly Shell[] = [
  {
    name: 'bash',
    command: ['bash', '--norc', '--noprofile', '-i'],
    setUp: 'eval "$(pycontainer completion bash)"; echo re""ady',
  },
  {
    name: 'zsh',
    command: ['zsh', '-f', '-i'],
    setUp: 'autoload -Uz compinit; compinit -u; eval "$(pycontainer completion zsh)"; echo re""ady',
  },
  {
    name: 'fish',
    command: ['fish', '--no-config', '-i'],
    setUp: 'pycontainer completion fish | source; echo re""ady',
  },
];

/** What is typed before Tab, and the line that it becomes. */
const lines = [
  ['pycontainer pl', 'pycontainer plan'],
  ['pycontainer build wo', 'pycontainer build worker'],
  ['pycontainer build --tag a:1 --progress=p', 'pycontainer build --tag a:1 --progress=plain'],
  ['pycontainer build -C fol', 'pycontainer build -C folder/'],
] as const;

for (const { name, command, setUp } of shells) {
  test(`${name} completes a command line at Tab`, { skip: partsMissing('tmux', name) }, async () => {
    await using rig = new Rig({
      'pycontainer.yaml': 'targets: { api: {}, worker: {} }',
      'folder/file': '',
      'bin/pycontainer': '',
    });
    const quoted = rig.command.map((word) => `'${word}'`).join(' ');
    writeFileSync(rig.path('bin/pycontainer'), `#!/bin/sh\nexec ${quoted} "$@"\n`);
    chmodSync(rig.path('bin/pycontainer'), 0o755);
    const env = { PATH: `${rig.path('bin')}${path.delimiter}${rig.env['PATH'] ?? ''}`, PS1: '$ ' };
    using terminal = new Terminal(rig, [], { columns: 120, rows: 24, env, command });
    terminal.type(setUp);
    terminal.press('Enter');
    await terminal.see(/^ready$/m);
    for (const [typed, wanted] of lines) {
      terminal.type(typed);
      terminal.press('Tab');
      await terminal.see((text) => text.includes(wanted));
      terminal.press('C-u');
    }
    assert.doesNotMatch(terminal.text(), /error/);
  });
}
