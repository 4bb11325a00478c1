import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { main } from '../../src/cli/program.ts';

// These are told of errors in lines of their own.
for (const system of ['GITHUB_ACTIONS', 'GITLAB_CI']) delete process.env[system];

const wrong: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [['bild'], "There is no command 'bild'\n  = help: Did you mean build?"],
  [['push'], "There is no command 'push'\n  = help: `pycontainer build --push` builds what is stale and sends it."],
  [['frobnicate'], "There is no command 'frobnicate'\n  = help: `pycontainer --help` lists the commands."],
  [['cache', 'list'], "There is no command 'list'\n  = help: Did you mean ls?"],
  [['plan', '--explian'], "There is no option '--explian'\n  = help: Did you mean --explain?"],
  [['plan', '--nothing'], "There is no option '--nothing'\n  = help: `pycontainer plan --help` lists the options."],
  [
    ['plan', '--file'],
    "The value of '-f, --file <file>' is missing\n  = help: `pycontainer plan --help` lists the options.",
  ],
  [['plan', '--format', 'xml'], "'xml' is not a value of '--format <kind>'\n  = help: There are: text, json, dot."],
  [['completion', 'tcsh'], "'tcsh' is not a shell\n  = help: There are: bash, zsh, fish."],
  [['login'], '<host> is missing\n  = help: It is: pycontainer login [options] <host>'],
  [['schema', 'x'], 'There are too many arguments\n  = help: It is: pycontainer schema [options]'],
  [['build', '-C', 'nowhere'], 'There is no folder nowhere\n  = help: Check the path after -C.'],
  [['doctor', '-C', 'package.json'], 'This is no folder: package.json\n  = help: Check the path after -C.'],
];

for (const [args, message] of wrong) {
  test(`pycontainer ${args.join(' ')} ends with 2 and says why`, async ({ mock }) => {
    let said = '';
    mock.method(process.stderr, 'write', (text: string) => {
      said += stripVTControlCharacters(text);
      return true;
    });
    const status = await main(args);
    mock.restoreAll();
    assert.deepEqual({ said, status }, { said: `error[usage]: ${message}\n`, status: 2 });
  });
}
