#!/usr/bin/env node
// Old syntax only: this file must parse on a Node that is too old, to say so.
var version = process.versions.node.split('.').map(Number);
var fits = version[0] >= 24 || (version[0] === 22 && version[1] >= 22);
if (fits) {
  import('../dist/cli.js').catch(function (error) {
    process.stderr.write('pycontainer: cannot start: ' + error.message + '\n');
    process.exitCode = 1;
  });
} else {
  process.stderr.write(
    'pycontainer needs Node.js 22.22 or newer, and this is ' +
      process.versions.node +
      '. Install a newer one, or start it with `npx pycontainer` inside a project that has node@24 as a dependency.\n',
  );
  process.exitCode = 2;
}
