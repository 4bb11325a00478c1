import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseProject, type Project } from '../../../src/python/project.ts';
import { parseRequirement } from '../../../src/python/requirement.ts';
import { inputsOf } from '../../../src/python/resolve/inputs.ts';
import { describeRequirement, formatLine } from '../../../src/python/resolve/wanted.ts';
import { hasDependencies, wantedByProject } from '../../../src/python/resolve/wanted-project.ts';
import { wantedByRequirements, wantedConstraints } from '../../../src/python/resolve/wanted-requirements.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { wantedRequirement } from './rig.ts';

class Folder implements Disposable {
  readonly path = mkdtempSync(path.join(realpathSync(tmpdir()), 'pycontainer-wanted-'));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.path, name)), { recursive: true });
      writeFileSync(path.join(this.path, name), text);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function project(text: string): Promise<Project> {
  return parseProject(text, '/shop', 'pyproject.toml');
}

function asked({ requirements }: { requirements: ReturnType<typeof wantedByProject>['requirements'] }): string[] {
  return requirements.map(({ requirement }) => describeRequirement(requirement));
}

const shop = `[project]
name = "Shop"
version = "1"
dependencies = ["flask>=2", "shop[db]; sys_platform == 'linux'"]
[project.optional-dependencies]
db = ["psycopg[binary]; python_version < '3.13' or platform_machine == 'x86_64'", "shop[db, more]"]
more = ["six"]
[dependency-groups]
web = ["gunicorn", { include-group = "base" }]
base = ["rich"]
`;

test('a project asks for its dependencies, with the extras and groups that are asked for', async () => {
  const own = [
    'flask>=2',
    'psycopg[binary] ; sys_platform == "linux" and (python_version < "3.13" or platform_machine == "x86_64")',
    'six ; sys_platform == "linux"',
  ];
  assert.deepEqual(asked(wantedByProject(await project(shop), [], [])), own);
  assert.deepEqual(asked(wantedByProject(await project(shop), ['More'], ['web'])), [
    'flask>=2',
    'six',
    'gunicorn',
    'rich',
    ...own.slice(1),
  ]);
});

test('extras and groups that are not declared are refused', async () => {
  const read = await project(shop);
  assert.throws(() => wantedByProject(read, ['fast'], []), { code: 'extra-unknown' });
  assert.throws(() => wantedByProject(read, [], ['fast']), { code: 'group-unknown' });
});

test('a project whose tool says where packages come from is locked by that tool', async () => {
  const refusals: readonly (readonly [text: string, hint: RegExp])[] = [
    ['[tool.poetry]\nname = "x"\nversion = "1"\n[tool.poetry.dependencies]\nflask = "^2"\n', /`poetry lock`/],
    [
      '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n[tool.uv.sources]\nflask = { git = "https://x.example/f" }\n',
      /`uv lock`.*flask/,
    ],
    ['[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n', /`uv lock`.*dynamic/],
  ];
  for (const [text, hint] of refusals) {
    const read = await project(text);
    assert(hasDependencies(read, [], []));
    assert.throws(() => wantedByProject(read, [], []), { code: 'lock-not-found', hint });
  }
  assert(!hasDependencies(await project('[project]\nname = "x"\nversion = "1"\n'), [], []));
});

test('a requirements file asks as pip reads it: includes, constraints, places, --pre', async () => {
  using folder = new Folder({
    'requirements.in':
      '-r more.txt\n-c limits.txt\n--pre\n--extra-index-url https://x.example/simple\nFlask[Async]>=2  # web\n',
    'more.txt': "six; python_version < '3'\n",
    'limits.txt': 'flask<4\n',
    'others.txt': 'six<2\n',
  });
  const options = { root: folder.path, variables: {} };
  const file = path.join(folder.path, 'requirements.in');
  const read = await wantedByRequirements(file, { ...options, constraints: [path.join(folder.path, 'others.txt')] });
  assert.deepEqual(asked(read), ['six ; python_version < "3"', 'flask[async]>=2']);
  assert.deepEqual(asked({ requirements: read.constraints }), ['flask<4', 'six<2']);
  assert.equal(read.preReleases, true);
  assert.deepEqual(read.indexes.extraIndexUrls, ['https://x.example/simple']);
  const limits = await wantedConstraints([path.join(folder.path, 'limits.txt')], options);
  assert.deepEqual(asked({ requirements: limits }), ['flask<4']);
});

test('a folder stands for what its pyproject.toml depends on; one that only a build knows is refused', async () => {
  using folder = new Folder({
    'requirements.in': '-e .[db]\n./libs/util ; python_version > "3"\n',
    'pyproject.toml': shop,
    'libs/util/pyproject.toml': '[project]\nname = "util"\nversion = "3"\ndependencies = ["attrs"]\n',
    'bad.in': './built\n',
    'built/pyproject.toml': '[project]\nname = "built"\nversion = "1"\ndynamic = ["dependencies"]\n',
  });
  const options = { root: folder.path, variables: {} };
  const read = await wantedByRequirements(path.join(folder.path, 'requirements.in'), options);
  assert.deepEqual(
    read.folders.map(({ name, version, path: place, editable }) => [name, version, place, editable]),
    [
      ['shop', '1', folder.path, true],
      ['util', '3', path.join(folder.path, 'libs/util'), false],
    ],
  );
  assert(asked(read).includes('attrs ; python_version > "3"'));
  assert(asked(read).some((text) => text.startsWith('psycopg[binary]')));
  const refused = wantedByRequirements(path.join(folder.path, 'bad.in'), options);
  assert.equal((await rejectsWith(refused, 'lock-unsupported', /dynamic/)).location?.line, 1);
});

test('what a lock says that it was made from holds no login and no place of this machine', async () => {
  using folder = new Folder({
    'api/requirements.in':
      'b @ https://me:secret@h.example/b-1-py3-none-any.whl\n../w/c-1-py3-none-any.whl\n-e ..\na\na\n',
    'pyproject.toml': '[project]\nname = "own"\nversion = "1"\n',
    'w/c-1-py3-none-any.whl': '',
  });
  const api = path.join(folder.path, 'api');
  const options = { root: folder.path, variables: {} };
  const read = await wantedByRequirements(path.join(api, 'requirements.in'), options);
  assert.deepEqual(inputsOf(read, api), {
    from: 'requirements.in',
    requirements: [
      'a',
      'b @ https://h.example/b-1-py3-none-any.whl',
      'c @ ../w/c-1-py3-none-any.whl',
      'own @ .. (editable)',
    ],
    constraints: [],
  });
});

test('no requirement becomes another line or an option for a tool', () => {
  const plain = wantedRequirement('a>=1; python_version > "3"');
  assert.equal(formatLine(plain), 'a>=1; python_version > "3"');
  for (const value of ['x --index-url=https://evil.example', 'x #', 'x\ny']) {
    const requirement = { ...parseRequirement('a'), url: `https://h.example/${value}` };
    assert.throws(() => formatLine({ ...plain, requirement }), { code: 'lock-unsupported' });
  }
});
