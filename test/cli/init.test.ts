import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Rig, type RigFiles } from '../support/rig.ts';

const flask = { 'main.py': 'from flask import Flask\napp = Flask(__name__)\n' };

async function init(
  files: RigFiles,
  ...args: string[]
): Promise<{ text: string; stderr: string; status: number | null }> {
  await using rig = new Rig(files);
  const { stderr, status } = await rig.run(['init', '--yes', ...args]);
  const file = rig.path('pycontainer.yaml');
  return { text: existsSync(file) ? readFileSync(file, 'utf8') : '', stderr, status };
}

test('a project gives base, lock, start and port, each with its reason', async () => {
  const { text, stderr } = await init({
    ...flask,
    'pyproject.toml': '[project]\nname = "My.Shop"\nversion = "1"\nrequires-python = ">=3.10,<3.13"\n',
    'requirements.txt': 'flask==3.0.0\ngunicorn==23.0.0\n',
  });
  assert.equal(
    text,
    `# yaml-language-server: $schema=./pycontainer.schema.json
# \`pycontainer plan\` shows what this comes to, \`pycontainer up\` builds it.
targets:
  my-shop:
    # From the project: requires-python is >=3.10,<3.13.
    base: python:3.12-slim
    # This machine's platform. For others too:
    # platforms: [linux/amd64, linux/arm64]
    # Put your registry's host and path before the name to push it.
    tags: ['my-shop:\${VERSION:-dev}']
    # Packages come from requirements.txt. To take them from elsewhere:
    # dependencies: { from: FILE }
    # The start is found: main.py has the Flask application app, served by gunicorn. To say it yourself:
    # cmd: [gunicorn, --bind, '0.0.0.0:8000', 'main:app']
    # Where the server listens.
    ports: [8000]
    # To have \`pycontainer up\` run it too:
    # run: { ports: ['8000:8000'] }
`,
  );
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    'assumed  my-shop: base python:3.12-slim, since requires-python is >=3.10,<3.13',
    'assumed  my-shop: packages from requirements.txt',
    'assumed  my-shop: start: gunicorn --bind 0.0.0.0:8000 main:app (main.py has the Flask application app, served by gunicorn)',
  ]);
});

test('what init writes is read by plan, and its schema stands beside it', async () => {
  await using rig = new Rig({ 'main.py': 'print(1)\n', Dockerfile: 'FROM scratch\nCMD ["x"]\n' });
  await rig.ok(['init', '--yes']);
  const { stdout } = await rig.ok(['plan', '--format', 'json']);
  const { targets } = JSON.parse(stdout) as { targets: { name: string; platforms: { start: { cmd: string[] } }[] }[] };
  assert.equal(targets[0]?.name, 'project');
  assert.deepEqual(targets[0]?.platforms[0]?.start.cmd, ['x']);
  assert.match(readFileSync(rig.path('pycontainer.schema.json'), 'utf8'), /"targets"/);
});

test('a manifest that is there is kept, unless --force says otherwise', async () => {
  await using rig = new Rig({ ...flask, 'pycontainer.yaml': '# mine\n' });
  const { status, stderr } = await rig.run(['init', '--yes']);
  assert.equal(status, 2);
  assert.match(stderr, /^error\[manifest-exists\]: There is pycontainer.yaml already\n {2}= help: /);
  assert.equal(readFileSync(rig.path('pycontainer.yaml'), 'utf8'), '# mine\n');
  await rig.ok(['init', '--yes', '--force']);
  assert.match(readFileSync(rig.path('pycontainer.yaml'), 'utf8'), /^# yaml-language-server/);
});

test('the prototype’s settings are carried over, and what is not is said', async () => {
  const { text, stderr } = await init({
    ...flask,
    'pycontainer.toml': `[build]
name = "Shop"
base-image = "python:3.11-slim"
tag = "myapp:v1"
workdir = "srv"
include_paths = ["src/", "main.py", "conf/prod/a.toml", "conf/b.toml", "src/x"]
platforms = ["linux/arm64"]
exposed_ports = [8080]
cmd = ["python", "main.py"]
include_deps = true
generate_sbom = "spdx"
flavour = 1
[build.env]
PRICE = "5$"
[registry]
url = "ghcr.io/me/app"
password = "secret"
`,
  });
  const lines = text.split('\n').filter((line) => !line.trim().startsWith('#'));
  assert.deepEqual(lines, [
    'targets:',
    '  shop:',
    '    base: python:3.11-slim',
    '    platforms: [linux/arm64]',
    '    tags: [ghcr.io/me/app:v1]',
    "    exclude: [/*, '!/src', '!/main.py', '!/conf', /conf/*, '!/conf/prod', /conf/prod/*, '!/conf/prod/a.toml', '!/conf/b.toml']",
    '    environment:',
    '      PRICE: 5$$',
    '    cmd: [python, main.py]',
    '    ports: [8080]',
    '',
  ]);
  assert.match(stderr, /warning\[not-carried-over\]: pycontainer.toml: flavour: no such key is known/);
  assert.match(
    stderr,
    /warning\[not-carried-over\]: pycontainer.toml: generate_sbom: SBOMs are not supported; make one of /,
  );
  assert.match(stderr, /warning\[not-carried-over\]: pycontainer.toml: \[registry\]: log in with `pycontainer login`/);
  assert.doesNotMatch(text + stderr, /secret/);
  assert.match(stderr, /warning\[not-carried-over\]: pycontainer.toml: workdir: 'srv' is not an absolute path/);
});

test('of a list only what the manifest would refuse is lost', async () => {
  const { text, stderr } = await init({
    ...flask,
    Containerfile: 'FROM python:3.12\nEXPOSE 80 http\nVOLUME /data\nCOPY --chown=app:app x /etc/x\nCOPY y /etc/y\n',
  });
  assert.match(text, /^ {4}ports: \[80\]$/m);
  assert.match(text, /^ {4}files: \[\{src: y, dest: \/etc\/y\}\]$/m);
  assert.match(stderr, /^warning\[not-carried-over\]: Containerfile: ports: /m);
  assert.match(stderr, /^warning\[not-carried-over\]: Containerfile: files: /m);
});

test('without a start the manifest says where to put it', async () => {
  const { text, status } = await init({ 'tool.py': '' });
  assert.equal(status, 0);
  assert.match(text, /# No way to start the app was found\. Say it here:\n {4}# cmd: \[python, -m, MODULE\]\n/);
});

test('packages that no lock pins are said with the command that pins them', async () => {
  for (const [name, content] of [
    ['pyproject.toml', '[project]\nname = "shop"\nversion = "1"\ndependencies = ["six"]\n'],
    ['requirements.in', 'six\n'],
  ] as const) {
    const { text, stderr } = await init({ 'main.py': 'import six\n', [name]: content });
    assert.match(text, new RegExp(`# No lock file pins the packages of ${name}: .pycontainer lock. makes one`));
    assert.match(stderr, new RegExp(`: packages of ${name}, which .pycontainer lock. is to pin before a build$`, 'm'));
  }
});

test('a folder without Python is refused', async () => {
  const { status, stderr } = await init({ 'a.txt': '' });
  assert.equal(status, 2);
  assert.match(stderr, /^error\[project-not-found\]/);
});
