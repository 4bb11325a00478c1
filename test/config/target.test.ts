import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesOfApp, resolve, resolveApp } from './manifests.ts';

test('a target that says nothing has the defaults', () => {
  const { locate, location, ...app } = resolveApp('{}');
  assert.equal(typeof locate, 'function');
  assert.deepEqual([location.line, location.column, location.length], [2, 3, 3]);
  assert.deepEqual(app, {
    name: 'app',
    context: '/project',
    platforms: [],
    tags: [],
    dependencies: {
      extras: [],
      groups: [],
      indexes: [],
      findLinks: [],
      constraints: [],
      prefix: '/opt/venv',
      layout: 'venv',
      systemSitePackages: false,
      conflicts: 'warn',
      strict: false,
    },
    include: [],
    exclude: [],
    files: [],
    directories: [],
    environment: {},
    workdir: '/app',
    ports: [],
    volumes: [],
    labels: {},
    annotations: {},
    layering: { strategy: 'package' },
    compression: { type: 'gzip' },
    outputs: [],
    limits: {},
  });
});

test('a target without a value is an empty one', () => {
  assert.equal(resolveApp('').workdir, '/app');
});

test('every supported key is read', () => {
  const {
    locate: _,
    location: __,
    ...app
  } = resolveApp(`
    base: ghcr.io/acme/python:3.12
    platforms: [linux/amd64, linux/arm/v7]
    tags: ["acme/\${target}:1"]
    context: services/\${target}
    dependencies:
      from: uv.lock
      extras: [web]
      groups: [prod]
      indexes: [https://a.example/simple, {name: own, url: ./simple, explicit: true, default: False}]
      find-links: [wheels, https://b.example/]
      constraints: [c.txt]
      prefix: /venv/
      layout: flat
      system-site-packages: true
      conflicts: error
      strict: true
    include: [a.txt]
    exclude: ["*.md"]
    files:
      - {src: etc/*, dest: /etc/app/, mode: 0600, owner: 1000:50}
      - {src: /bin/x, dest: x, from: "rootfs:tools"}
    directories: [{path: /var/lib/app, owner: 1000, mode: "0o1777"}]
    environment: {A: 1.10, EMPTY: "", "with.dot": yes}
    workdir: /srv//app/.
    entrypoint: [tini, --]
    cmd: [python, -m, shop, 8000]
    user: 1000:1000
    ports: [8000, 53/udp, 9000/tcp]
    volumes: [/data/]
    labels: {a.b/c: 007}
    annotations: {x: null-ish}
    stop-signal: SIGINT
    healthcheck: {test: [CMD, curl, -f, localhost], interval: 30s, timeout: 1500ms, start-period: 1m30s, start-interval: 1s, retries: 3}
    layering: {strategy: single, budget: 10}
    compression: {type: zstd, level: 19}
    outputs: [{type: oci}, {type: oci-archive, dest: out/a.tar}, {type: registry}]
`);
  assert.deepEqual(app, {
    name: 'app',
    base: { kind: 'registry', reference: { host: 'ghcr.io', repository: 'acme/python', tag: '3.12' } },
    baseText: 'ghcr.io/acme/python:3.12',
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ],
    tags: ['acme/app:1'],
    context: '/project/services/app',
    dependencies: {
      from: '/project/uv.lock',
      extras: ['web'],
      groups: ['prod'],
      indexes: [
        { url: 'https://a.example/simple' },
        { name: 'own', url: 'file:///project/simple', explicit: true, default: false },
      ],
      findLinks: ['/project/wheels', 'https://b.example/'],
      constraints: ['/project/c.txt'],
      prefix: '/venv',
      layout: 'flat',
      systemSitePackages: true,
      conflicts: 'error',
      strict: true,
    },
    include: ['a.txt'],
    exclude: ['*.md'],
    files: [
      { src: 'etc/*', dest: '/etc/app/', mode: 0o600, owner: { uid: 1000, gid: 50 } },
      { src: '/bin/x', dest: 'x', from: { kind: 'rootfs', path: '/project/tools' } },
    ],
    directories: [{ path: '/var/lib/app', owner: { uid: 1000, gid: 1000 }, mode: 0o1777 }],
    environment: { A: '1.10', EMPTY: '', 'with.dot': 'yes' },
    workdir: '/srv/app',
    entrypoint: ['tini', '--'],
    cmd: ['python', '-m', 'shop', '8000'],
    user: { uid: 1000, gid: 1000 },
    ports: ['8000', '53/udp', '9000'],
    volumes: ['/data'],
    labels: { 'a.b/c': '007' },
    annotations: { x: 'null-ish' },
    stopSignal: 'SIGINT',
    healthcheck: {
      test: ['CMD', 'curl', '-f', 'localhost'],
      intervalMs: 30_000,
      timeoutMs: 1500,
      startPeriodMs: 90_000,
      startIntervalMs: 1000,
      retries: 3,
    },
    layering: { strategy: 'single', budget: 10 },
    compression: { type: 'zstd', level: 19 },
    outputs: [
      { type: 'oci', dest: '/project/.pycontainer/images/app' },
      { type: 'oci-archive', dest: '/project/out/a.tar' },
      { type: 'registry' },
    ],
    limits: {},
  });
});

test('a user is numbers, a name, or a map', () => {
  assert.deepEqual(resolveApp('{user: nobody}').user, { lookup: { user: 'nobody' } });
  assert.deepEqual(resolveApp('{user: 1000}').user, { lookup: { user: 1000 } });
  assert.deepEqual(resolveApp('{user: {uid: 7}}').user, { uid: 7, gid: 7 });
  assert.deepEqual(resolveApp('{user: {name: app, uid: 7, gid: 8}}').user, { name: 'app', uid: 7, gid: 8 });
});

test('a health check has Compose’s forms', () => {
  assert.deepEqual(resolveApp('{healthcheck: {test: curl -f x}}').healthcheck, { test: ['CMD-SHELL', 'curl -f x'] });
  assert.deepEqual(resolveApp('{healthcheck: {test: [CMD-SHELL, a b]}}').healthcheck, { test: ['CMD-SHELL', 'a b'] });
  assert.deepEqual(resolveApp('{healthcheck: {disable: true}}').healthcheck, { test: ['NONE'] });
  assert.deepEqual(resolveApp('{healthcheck: {test: [NONE]}}').healthcheck, { test: ['NONE'] });
  assert.deepEqual(resolveApp('{healthcheck: {retries: 2}}').healthcheck, { test: [], retries: 2 });
  for (const test of ['[a]', '[CMD]', '[NONE, a]', '[CMD-SHELL, a, b]', '[]']) {
    assert.equal(mistakesOfApp(`{healthcheck: {test: ${test}}}`).length, 1, test);
  }
  assert.match(mistakesOfApp('{healthcheck: {test: x, disable: true}}')[0]?.[1] ?? '', /contradict/);
});

test('a level belongs to its type', () => {
  assert.deepEqual(resolveApp('{compression: {level: 9}}').compression, { type: 'gzip', level: 9 });
  assert.match(
    mistakesOfApp('{compression: {level: 10}}')[0]?.join(' ') ?? '',
    /'10' is not a level of gzip The levels of gzip are 1 to 9/,
  );
  assert.match(
    mistakesOfApp('{compression: {type: none, level: 1}}')[0]?.join(' ') ?? '',
    /'1' is not a level of none/,
  );
});

test('a level is judged with the type that another section says', () => {
  const config = resolve('defaults: {compression: {type: zstd}}\ntargets: {a: {compression: {level: 19}}}');
  assert.deepEqual(config.targets.get('a')?.compression, { type: 'zstd', level: 19 });
});

test('an archive needs a file, and only files and folders have a dest', () => {
  assert.match(mistakesOfApp('{outputs: [{type: docker-archive}]}')[0]?.[1] ?? '', /docker-archive needs 'dest'/);
  assert.match(mistakesOfApp('{outputs: [{type: registry, dest: x}]}')[0]?.[1] ?? '', /registry takes no 'dest'/);
});

const wrong: Record<string, RegExp> = {
  '{mode: 1}': /'mode' is not a key/,
  '{files: [{src: a, dest: b, mode: 644}]}': /'644' is not a mode/,
  '{files: [{src: a, dest: ../b}]}': /'\.\.\/b' is not a path in the image/,
  '{files: [{src: a, dest: b, owner: nobody}]}': /'nobody' is not an owner/,
  '{workdir: app}': /'app' is not an absolute path/,
  '{workdir: /a/../b}': /is not an absolute path/,
  '{platforms: [linux]}': /'linux' is not a platform/,
  '{base: ""}': /''/,
  '{base: "oci:"}': /'oci:' is not a base/,
  '{tags: ["a@sha256:0000000000000000000000000000000000000000000000000000000000000000"]}': /has a digest/,
  '{environment: [A=1]}': /'environment' must be a map, not a list/,
  '{environment: {A B: 1}}': /'A B' is not a name of an environment variable/,
  '{environment: {A: "x\\0y"}}': /a NUL character/,
  '{stop-signal: TERM}': /'TERM' is not a signal/,
  '{dependencies: {layout: round}}': /'round' is not one of venv, flat/,
  '{dependencies: {strict: yes}}': /'yes' is not true or false/,
  '{dependencies: {indexes: [{name: x}]}}': /an index needs 'url'/,
  '{layering: {budget: 0}}': /'0' is not a whole number from 1 to 120/,
  '{layering: {budget: 1e1}}': /'1e1' is not a whole number/,
  '{context: ""}': /'' is not a path/,
  '{user: [1]}': /'user' must be a user, not a list/,
  '{user: {uid: x, gid: 1, home: y}}': /'x' is not a whole number.*'home' is not a key of user/s,
  '{__proto__: 1}': /'__proto__' cannot be a key/,
  '{environment: {__proto__: 1}}': /'__proto__' cannot be a key/,
  '{labels: {constructor: [1]}}': /'constructor' must be a text, not a list/,
};

for (const [section, message] of Object.entries(wrong)) {
  test(`${section} is refused`, () => {
    assert.match(
      mistakesOfApp(section)
        .map(([, message]) => message)
        .join('\n'),
      message,
    );
  });
}

test('numbers and booleans may come from variables, quoted or not', () => {
  const env = { N: '7', T: 'true', Z: 'zstd' };
  const app = resolveApp('{layering: {budget: "${N}"}, dependencies: {strict: "${T}"}, compression: {type: "${Z}"}}', {
    env,
  });
  assert.deepEqual([app.layering.budget, app.dependencies.strict, app.compression.type], [7, true, 'zstd']);
  assert.equal(resolveApp('\n    layering:\n      budget: ${N}\n', { env }).layering.budget, 7);
});

test('a platform that is written twice, or in two spellings, is one', () => {
  const app = resolveApp('{platforms: [linux/amd64, linux/x86_64, linux/arm64/v8, linux/arm64]}');
  assert.deepEqual(app.platforms, [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]);
});

test('a target may say one of its names twice', () => {
  assert.deepEqual(resolveApp('{tags: [acme/a, "acme/a:latest"]}').tags, ['acme/a', 'acme/a:latest']);
});

test('two targets may share a repository under different tags', () => {
  assert.equal(resolve('targets: {a: {tags: ["x/y:1"]}, b: {tags: ["x/y:2"]}, c: {tags: ["z/y:1"]}}').targets.size, 3);
});

test('one target may not write one output twice', () => {
  const outputs = '[{type: oci}, {type: oci, dest: .pycontainer/images/app}]';
  assert.match(mistakesOfApp(`{outputs: ${outputs}}`)[0]?.[1] ?? '', /'app' twice has the output/);
});

test('a dollar written twice is a dollar', () => {
  assert.deepEqual(resolveApp('{cmd: [sh, -c, "echo $$HOME $${X}"]}').cmd, ['sh', '-c', 'echo $HOME ${X}']);
});

test('a key’s place can be asked for, and the nearest parent’s stands in for one that is not written', () => {
  const app = resolveApp('\n    dependencies:\n      extras: [web, db]\n');
  const at = (...path: (string | number)[]): number[] => [app.locate(path).line, app.locate(path).column];
  assert.deepEqual(at('dependencies', 'extras', 1), [4, 21]);
  assert.deepEqual(at('dependencies', 'groups'), [4, 7]);
  assert.deepEqual(at('cmd'), [2, 3]);
});
