import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isPoetryHash } from '../../../src/python/lock/poetry-hash.ts';
import { parseProject } from '../../../src/python/project.ts';

const standard = `[project]
name = "shop"
version = "1"
requires-python = ">=3.9"
dependencies = ["django (>=5,<6)", "a; platform_release != 'é'"]
`;

/** The JSON that each generation of Poetry takes the hash of. */
const generations: readonly (readonly [what: string, toml: string, json: string])[] = [
  [
    'Poetry 1',
    `[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.9"
b = { version = "*", optional = true }
a = ["1"]
[tool.poetry.group.dev.dependencies]
z = "*"
`,
    '{"dependencies": {"a": ["1"], "b": {"optional": true, "version": "*"}, "python": "^3.9"}, "dev-dependencies": null, "extras": null, "group": {"dev": {"dependencies": {"z": "*"}}}, "source": null}',
  ],
  [
    'Poetry 2.0',
    standard,
    String.raw`{"project": {"dependencies": ["django (>=5,<6)", "a; platform_release != '\u00e9'"], "requires-python": ">=3.9"}, "tool": {"poetry": {}}}`,
  ],
  [
    'Poetry 2.2',
    `${standard}[dependency-groups]\ndev = ["pytest"]\n`,
    String.raw`{"dependency-groups": {"dev": ["pytest"]}, "project": {"dependencies": ["django (>=5,<6)", "a; platform_release != '\u00e9'"], "requires-python": ">=3.9"}, "tool": {"poetry": {}}}`,
  ],
];

for (const [what, toml, json] of generations)
  test(`the content hash of ${what} is known`, async () => {
    const hash = createHash('sha256').update(json).digest('hex');
    assert.equal(isPoetryHash(await parseProject(toml, '/p', 'pyproject.toml'), hash), true);
    const changed = toml.replace('3.9', '3.10');
    assert.equal(isPoetryHash(await parseProject(changed, '/p', 'pyproject.toml'), hash), false);
    const renamed = toml.replace('"shop"', '"store"');
    assert.equal(isPoetryHash(await parseProject(renamed, '/p', 'pyproject.toml'), hash), true);
  });
