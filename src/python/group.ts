import { PycontainerError } from '../errors.ts';
import { normalizeName } from './name.ts';
import { parseRequirement } from './requirement.ts';
import type { Requirement } from './requirement.ts';
import { shown } from './scanner.ts';

/** Includes that go deeper, or lists that grow longer, are refused: nobody writes them, and they take for ever. */
const maxDepth = 1000;
const maxRequirements = 100_000;

/**
 * The requirements of dependency groups (PEP 735), includes followed, in the order of the names. Only groups that are
 * asked for or included are looked into.
 * @param table `[dependency-groups]` of a pyproject.toml, as read
 * @param names in any spelling
 * Errors: `group-unknown`, `project-invalid`, `requirement-invalid`.
 */
export function resolveGroups(table: Readonly<Record<string, unknown>>, names: readonly string[]): Requirement[] {
  const resolution = new Resolution(table);
  return names.flatMap((name) => [...resolution.resolve(normalizeName(name), [])]);
}

class Resolution {
  readonly #table: ReadonlyMap<string, unknown>;
  readonly #resolved = new Map<string, readonly Requirement[]>();

  constructor(table: Readonly<Record<string, unknown>>) {
    const spellings = Map.groupBy(Object.keys(table), normalizeName);
    for (const [name, written] of spellings)
      if (written.length > 1) throw invalidGroup(name, `is there under several spellings: ${written.join(', ')}`);
    this.#table = new Map(Object.entries(table).map(([written, items]) => [normalizeName(written), items]));
  }

  /** @param path the groups that lead here, outermost first */
  resolve(name: string, path: readonly string[]): readonly Requirement[] {
    const known = this.#resolved.get(name);
    if (known) return known;
    if (path.includes(name)) throw invalidGroup(name, `includes itself: ${[...path, name].slice(-10).join(' → ')}`);
    if (path.length > maxDepth) throw invalidGroup(name, `is included through more than ${maxDepth} others`);
    const requirements: Requirement[] = [];
    for (const item of this.#items(name, path)) {
      if (typeof item === 'string') requirements.push(parseRequirement(item));
      else for (const one of this.resolve(includedGroup(name, item), [...path, name])) requirements.push(one);
      if (requirements.length > maxRequirements) throw invalidGroup(name, `has more than ${maxRequirements} members`);
    }
    this.#resolved.set(name, requirements);
    return requirements;
  }

  #items(name: string, path: readonly string[]): readonly unknown[] {
    if (!this.#table.has(name)) throw unknownGroup(name, path.at(-1), [...this.#table.keys()]);
    const items = this.#table.get(name);
    if (Array.isArray(items)) return items;
    throw invalidGroup(name, 'is not a list');
  }
}

function includedGroup(name: string, item: unknown): string {
  if (typeof item === 'object' && item !== null && 'include-group' in item) {
    const included = item['include-group'];
    if (typeof included === 'string' && Object.keys(item).length === 1) return normalizeName(included);
  }
  throw invalidGroup(name, `has a member that is neither a requirement nor { include-group = "…" }`);
}

function unknownGroup(name: string, from: string | undefined, known: readonly string[]): PycontainerError {
  const where = from === undefined ? '' : `, which ${shown(from)} includes`;
  return new PycontainerError('group-unknown', `There is no dependency group ${shown(name)}${where}`, {
    hint: known.length > 0 ? `Groups are: ${known.toSorted().join(', ')}.` : 'The project has no dependency groups.',
  });
}

function invalidGroup(name: string, problem: string): PycontainerError {
  return new PycontainerError('project-invalid', `The dependency group ${shown(name)} ${problem}`, {
    hint: 'Groups are lists of requirements and { include-group = "…" } (PEP 735).',
  });
}
