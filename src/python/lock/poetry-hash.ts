import { createHash } from 'node:crypto';
import type { Project } from '../project.ts';

/**
 * Whether a poetry.lock was made for this pyproject.toml: Poetry keeps a hash of what its resolution depends on. What
 * goes into it has changed twice; any of the three ways counts (1.x, 2.0, and 2.2 with dependency groups).
 */
export function isPoetryHash(project: Project, contentHash: string): boolean {
  const tool = project.toml.table('tool')?.table('poetry');
  const table = project.toml.table('project');
  const pick = (from: typeof tool, keys: readonly string[]): [string, unknown][] =>
    keys.flatMap((key): [string, unknown][] => (from?.has(key) === true ? [[key, from.raw(key)]] : []));
  const projectPart = pick(table, ['requires-python', 'dependencies', 'optional-dependencies']);
  const toolPart = pick(tool, [...olderKeys, 'group']);
  const withNulls = [
    ...olderKeys.map((key): [string, unknown] => [key, tool?.raw(key) ?? null]),
    ...pick(tool, ['group']),
  ];
  const groups: [string, unknown][] =
    Object.keys(project.dependencyGroups).length === 0 ? [] : [['dependency-groups', project.dependencyGroups]];
  const owner: [string, unknown][] = projectPart.length === 0 ? [] : [['project', new Map(projectPart)]];
  const candidates = [
    new Map(withNulls),
    new Map([...owner, ['tool', new Map([['poetry', new Map(toolPart)]])]]),
    new Map([...owner, ...groups, ['tool', new Map([['poetry', new Map(toolPart)]])]]),
  ];
  return candidates.some((content) => createHash('sha256').update(pythonJson(content)).digest('hex') === contentHash);
}

const olderKeys = ['dependencies', 'source', 'extras', 'dev-dependencies'];

/** As Python's `json.dumps(value, sort_keys=True)`: a space behind `,` and `:`, nothing but ASCII. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return ascii(JSON.stringify(value));
  const entries: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${ascii(JSON.stringify(key))}: ${pythonJson(item)}`).join(', ')}}`;
}

function ascii(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
