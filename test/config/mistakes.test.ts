import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakes } from './manifests.ts';

/** Leaves out the first line break, so that a text may begin on a line of its own. */
const text = (literal: string): string => literal.replace(/^\n/, '');

test('an unknown key is shown with a caret and the nearest right key', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    context: .\n    dependancies:\n      extras: [web]\n'),
    text(`
error[manifest-unknown-key]: 'dependancies' is not a key of a target
 --> pycontainer.yaml:4:5
  |
4 |     dependancies:
  |     ^^^^^^^^^^^^
  = help: Did you mean 'dependencies'?`),
  );
});

test('an unknown key of a nested map is told with the keys that are there', () => {
  assert.equal(
    mistakes('targets: {api: {layering: {depth: 3}}}'),
    text(`
error[manifest-unknown-key]: 'depth' is not a key of layering
 --> pycontainer.yaml:1:28
  |
1 | targets: {api: {layering: {depth: 3}}}
  |                            ^^^^^
  = help: There are: strategy, budget`),
  );
});

test('a key that stands one level too high is told where it belongs', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    extras: [web]\n'),
    text(`
error[manifest-unknown-key]: 'extras' is not a key of a target
 --> pycontainer.yaml:3:5
  |
3 |     extras: [web]
  |     ^^^^^^
  = help: 'extras' is a key of 'dependencies'`),
  );
});

test('an unknown key of the manifest itself', () => {
  assert.equal(
    mistakes('target: {}\ntargets: {api: {}}\n'),
    text(`
error[manifest-unknown-key]: 'target' is not a key of the manifest
 --> pycontainer.yaml:1:1
  |
1 | target: {}
  | ^^^^^^
  = help: Did you mean 'targets'?`),
  );
});

test('a number where a list stands', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    ports: 8000\n'),
    text(`
error[manifest-invalid]: 'ports' must be a list, not a number
 --> pycontainer.yaml:3:12
  |
3 |     ports: 8000
  |            ^^^^
  = help: Write it as [8000].`),
  );
});

test('a value of another form', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    cmd: python -m shop\n'),
    text(`
error[manifest-invalid]: 'cmd' must be a list, not a text
 --> pycontainer.yaml:3:10
  |
3 |     cmd: python -m shop
  |          ^^^^^^^^^^^^^^
  = help: Write it as [python, -m, shop].`),
  );
});

test('an item of another form', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    tags:\n      - a: b\n'),
    text(`
error[manifest-invalid]: item 1 of 'tags' must be an image name, not a map
 --> pycontainer.yaml:4:9
  |
4 |       - a: b
  |         ^^^^`),
  );
});

test('a key without a value', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    environment:\n      TOKEN:\n'),
    text(`
error[manifest-invalid]: 'TOKEN' has no value
 --> pycontainer.yaml:4:7
  |
4 |       TOKEN:
  |       ^^^^^
  = help: An empty text is written "". This machine's value is written \${TOKEN}.`),
  );
});

test('a value that its key does not understand', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    ports: [8000, 80000]\n'),
    text(`
error[manifest-invalid]: '80000' is not a port
 --> pycontainer.yaml:3:19
  |
3 |     ports: [8000, 80000]
  |                   ^^^^^
  = help: A port is 1 to 65535, with /udp or /sctp where it is not TCP.`),
  );
});

test('a platform and a reference keep the codes of their parsers', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    platforms: [amd64]\n    base: "Python:3"\n').replace(/\n {2}= help: Names.*/, ''),
    text(`
error[platform-invalid]: 'amd64' is not a platform
 --> pycontainer.yaml:3:17
  |
3 |     platforms: [amd64]
  |                 ^^^^^
  = help: A platform is os/architecture[/variant], such as linux/amd64 or linux/arm/v7.

error[reference-invalid]: 'Python:3' is not an image reference
 --> pycontainer.yaml:4:11
  |
4 |     base: "Python:3"
  |           ^^^^^^^^^^`),
  );
});

test('a value from a variable is not shown', () => {
  const shown = mistakes('targets:\n  api:\n    ports: ["${PORT}"]\n', { env: { PORT: 'hunter2' } });
  assert.equal(
    shown,
    text(`
error[manifest-invalid]: what '\${PORT}' stands for is not a port
 --> pycontainer.yaml:3:13
  |
3 |     ports: ["\${PORT}"]
  |             ^^^^^^^^^
  = help: The value comes from variables, so it is not shown.`),
  );
});

test('a missing key', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    files:\n      - src: a\n'),
    text(`
error[manifest-invalid]: a files rule needs 'dest'
 --> pycontainer.yaml:4:9
  |
4 |       - src: a
  |         ^^^^^^`),
  );
});

test('a variable that is not set points into the value', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    tags: ["acme/api:${VERSION}"]\n'),
    text(`
error[manifest-variable]: The variable VERSION is not set
 --> pycontainer.yaml:3:22
  |
3 |     tags: ["acme/api:\${VERSION}"]
  |                      ^^^^^^^^^^
  = help: Set VERSION in the environment, or give it a default: \${VERSION:-default}.`),
  );
});

test('a variable that the manifest requires speaks with its words', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    tags: ["acme/api:${VERSION:?run make version}"]\n'),
    text(`
error[manifest-variable]: The variable VERSION is not set: run make version
 --> pycontainer.yaml:3:22
  |
3 |     tags: ["acme/api:\${VERSION:?run make version}"]
  |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: Set VERSION in the environment, or give it a default: \${VERSION:-default}.`),
  );
});

test('a dollar that begins no variable', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    cmd: [sh, -c, echo $(date)]\n'),
    text(`
error[manifest-variable]: This dollar begins no variable
 --> pycontainer.yaml:3:24
  |
3 |     cmd: [sh, -c, echo $(date)]
  |                        ^
  = help: Variables are written \${NAME} or \${NAME:-default}; a dollar that is meant as such is written $$.`),
  );
});

test('extends that names no target', () => {
  assert.equal(
    mistakes('targets:\n  api: {}\n  worker: {extends: apo}\n'),
    text(`
error[manifest-extends]: No target is named 'apo'
 --> pycontainer.yaml:3:21
  |
3 |   worker: {extends: apo}
  |                     ^^^
  = help: Did you mean 'api'?`),
  );
});

test('extends in a circle is told once, with its path', () => {
  assert.equal(
    mistakes('targets:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n  d: {extends: a}\n'),
    text(`
error[manifest-extends]: extends goes in a circle: a → b → c → a
 --> pycontainer.yaml:2:16
  |
2 |   a: {extends: b}
  |                ^
  = help: Remove extends from one of them.`),
  );
});

test('a group that names nothing, and groups in a circle', () => {
  assert.equal(
    mistakes('targets: {api: {}}\ngroups:\n  all: [api, wroker]\n  x: [y]\n  y: [x]\n'),
    text(`
error[manifest-invalid]: No target or group is named 'wroker'
 --> pycontainer.yaml:3:14
  |
3 |   all: [api, wroker]
  |              ^^^^^^
  = help: There are: api, all, x, y

error[manifest-invalid]: groups go in a circle: x → y → x
 --> pycontainer.yaml:5:7
  |
5 |   y: [x]
  |       ^`),
  );
});

test('a name that is a target and a group', () => {
  assert.equal(
    mistakes('targets: {api: {}}\ngroups: {api: []}\n'),
    text(`
error[manifest-conflict]: 'api' is a target and a group
 --> pycontainer.yaml:2:10
  |
2 | groups: {api: []}
  |          ^^^`),
  );
});

test('two targets that would take one name, each with its place', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    tags: [acme/shop]\n  worker:\n    tags: ["docker.io/acme/shop:latest"]\n'),
    text(`
error[manifest-conflict]: 'api' and 'worker' both have the name 'docker.io/acme/shop:latest'
 --> pycontainer.yaml:5:12
  |
5 |     tags: ["docker.io/acme/shop:latest"]
  |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: The other is at pycontainer.yaml:3:12. In a text that targets share, \${target} makes the difference.`),
  );
});

test('two targets that would write one output', () => {
  const outputs = 'outputs: [{type: oci, dest: out}]';
  assert.equal(
    mistakes(`targets:\n  api: {${outputs}}\n  worker: {${outputs.replace('out}', './out/}')}}\n`),
    text(`
error[manifest-conflict]: 'api' and 'worker' both have the output './out/'
 --> pycontainer.yaml:3:40
  |
3 |   worker: {outputs: [{type: oci, dest: ./out/}]}
  |                                        ^^^^^^
  = help: The other is at pycontainer.yaml:2:37. In a text that targets share, \${target} makes the difference.`),
  );
});

test('a key whose meaning has not come yet', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    packages: [curl]\n'),
    text(`
error[not-supported-yet]: 'packages' is not supported yet: take a base that has the packages
 --> pycontainer.yaml:3:5
  |
3 |     packages: [curl]
  |     ^^^^^^^^`),
  );
});

test('a name that no target can have', () => {
  assert.equal(
    mistakes('targets:\n  Web_API: {}\n'),
    text(`
error[manifest-invalid]: 'Web_API' cannot name a target
 --> pycontainer.yaml:2:3
  |
2 |   Web_API: {}
  |   ^^^^^^^
  = help: Names have lower-case letters, digits and hyphens.`),
  );
});

test('a manifest without targets', () => {
  const help = '  = help: The least is: targets: {app: {}}';
  const message = "error[manifest-invalid]: 'targets' must be a map with at least one target";
  assert.equal(mistakes(''), `${message}\n --> pycontainer.yaml:1:1\n  |\n1 |\n  | ^\n${help}`);
  assert.match(mistakes('targets: {}'), /at least one target\n --> pycontainer.yaml:1:1/);
  assert.match(mistakes('targets: [api]'), /at least one target\n --> pycontainer.yaml:1:1/);
});

test('a manifest that is no map', () => {
  assert.equal(
    mistakes('- targets\n'),
    text(`
error[manifest-invalid]: the manifest must be a map, not a list
 --> pycontainer.yaml:1:1
  |
1 | - targets
  | ^^^^^^^^^`),
  );
});

test('a target that is no map', () => {
  assert.equal(
    mistakes('targets:\n  api: python\n'),
    text(`
error[manifest-invalid]: 'api' must be a map, not a text
 --> pycontainer.yaml:2:3
  |
2 |   api: python
  |   ^^^`),
  );
});

test('a key that stands twice', () => {
  assert.equal(
    mistakes('targets:\n  api:\n    cmd: [a]\n    cmd: [b]\n'),
    text(`
error[manifest-syntax]: This key stands twice in one map
 --> pycontainer.yaml:4:5
  |
4 |     cmd: [b]
  |     ^^^
  = help: Keep one of the two.`),
  );
});

test('a mistake in an override names the override', () => {
  assert.equal(
    mistakes('targets: {api: {}}', { set: ['api.ports=[no]'] }),
    text(`
error[manifest-invalid]: 'no' is not a port
 --> --set api.ports:1:2
  |
1 | [no]
  |  ^^
  = help: A port is 1 to 65535, with /udp or /sctp where it is not TCP.`),
  );
});

test('all mistakes come at once, in the order of the file, and each once however many targets share it', () => {
  const manifest = `
defaults:
  ports: [a]
  cmdd: [python]
targets:
  one: {workdir: app}
  two: {tags: ["\${V}"], volumes: [/x/../y], nope: 1}
  three: {extends: one}
registries:
  ghcr.io: {insecure: perhaps}
`;
  const titles = mistakes(manifest).match(/^error.*$/gm);
  assert.deepEqual(titles, [
    "error[manifest-invalid]: 'a' is not a port",
    "error[manifest-unknown-key]: 'cmdd' is not a key of defaults",
    "error[manifest-invalid]: 'app' is not an absolute path in the image",
    'error[manifest-variable]: The variable V is not set',
    "error[manifest-invalid]: '/x/../y' is not an absolute path in the image",
    "error[manifest-unknown-key]: 'nope' is not a key of a target",
    "error[manifest-invalid]: 'perhaps' is not true or false",
  ]);
});
