import { PycontainerError, type SourceLocation } from '../../errors.ts';
import { resolveGroups } from '../group.ts';
import { parseMarker, type Marker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import type { Project } from '../project.ts';
import type { UvSourceSetting } from '../project-uv.ts';
import { parseRequirement, type Requirement } from '../requirement.ts';
import { parseSpecifiers, type Specifiers } from '../specifier.ts';
import { canonicalVersion, formatVersion } from '../version.ts';
import { markersAgree } from './markers-agree.ts';
import type { UvLockFile, UvPackage, UvRequirement } from './uv-model.ts';

/** A requirement of the project or of the lock, in the form in which both are compared. */
interface Wanted {
  /** Equal for requirements that differ in their markers only. */
  readonly key: string;
  readonly marker?: Marker;
}

/**
 * Refuses a uv.lock that was made for another pyproject.toml: other dependencies, extras, groups or requires-python.
 * What the build backend fills in cannot be compared and is passed over; so is the project's own version, on which no
 * dependency depends. Error: 'lock-outdated'.
 */
export function checkUvFreshness(lock: UvLockFile, roots: readonly UvPackage[], project: Project): void {
  const root = roots.find((item) => item.name === project.name);
  const metadata = root?.metadata;
  if (root === undefined || metadata === undefined) return;
  const requiresPython = parseSpecifiers(project.requiresPython ?? lock.requiresPython);
  if (lock.manifest.members.length <= 1) checkRequiresPython(lock, project);
  if (project.dynamic.has('dependencies') || project.dynamic.has('optional-dependencies')) return;
  const check = new Check(lock, project, requiresPython);
  check.compare(
    'the dependencies',
    declared(project),
    metadata.requiresDist,
    project.toml.locate('project', 'dependencies'),
  );
  check.compareGit(metadata.requiresDist);
  if (project.toml.table('tool')?.table('uv')?.has('dependency-groups') === true) return;
  for (const [group, requirements] of groupsOf(project)) {
    const location = project.toml.locate('dependency-groups', group);
    check.compare(`the group ${group}`, requirements, metadata.groups.get(group) ?? [], location);
  }
}

class Check {
  private readonly lock: UvLockFile;
  private readonly project: Project;
  private readonly requiresPython: Specifiers;

  constructor(lock: UvLockFile, project: Project, requiresPython: Specifiers) {
    this.lock = lock;
    this.project = project;
    this.requiresPython = requiresPython;
  }

  compare(
    what: string,
    declared: readonly Requirement[],
    locked: readonly UvRequirement[],
    location: SourceLocation,
  ): void {
    const elsewhere = this.elsewhere(declared, locked);
    const wanted = declared.map((item) => toWanted(item, canonical(item.specifiers), elsewhere));
    const found = locked.map((item) => toWanted(item, canonical(parseSpecifiers(item.specifier)), elsewhere));
    const left = Map.groupBy(wanted, ({ key }) => key);
    const right = Map.groupBy(found, ({ key }) => key);
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const markersOf = (side: typeof left): (Marker | undefined)[] => side.get(key)?.map(({ marker }) => marker) ?? [];
      if (markersAgree(markersOf(left), markersOf(right), this.requiresPython)) continue;
      throw this.outdated(`${what} of ${this.project.file} differ from those that it was made for: ${key}`, location);
    }
  }

  /** A repository, tag, branch or commit that `tool.uv.sources` names otherwise than when the lock was made. */
  compareGit(locked: readonly UvRequirement[]): void {
    for (const [name, settings] of this.project.uv.sources) {
      const [setting, second] = settings;
      const found = locked.filter((item) => item.name === name && item.from.has('git'));
      const [first] = found;
      if (setting === undefined || second !== undefined || first === undefined || found.length > 1) continue;
      const now = setting.get('git');
      if (typeof now === 'string' && isSameGit(now, setting, first.from.get('git') ?? '')) continue;
      throw this.outdated(
        `tool.uv.sources has another address, rev, tag or branch for ${name}`,
        this.project.toml.locate('tool', 'uv', 'sources', name),
      );
    }
  }

  outdated(why: string, location: SourceLocation): PycontainerError {
    return new PycontainerError('lock-outdated', `${this.lock.shown} is out of date: ${why}`, {
      hint: 'Write it again: uv lock.',
      location,
    });
  }

  /**
   * Names that the lock takes from a URL, a folder or a repository, and that the project does too, or may: sources can
   * stand in the workspace's root. The lock keeps no versions of them, and its markers are those of the sources.
   */
  private elsewhere(declared: readonly Requirement[], locked: readonly UvRequirement[]): ReadonlySet<string> {
    const may = new Set([
      ...this.project.uv.sources.keys(),
      ...declared.flatMap(({ name, url }) => (url === undefined ? [] : [name])),
    ]);
    const direct = locked.filter(({ from }) => [...from.keys()].some((key) => key !== 'index')).map(({ name }) => name);
    return new Set(this.lock.manifest.members.length > 0 ? direct : direct.filter((name) => may.has(name)));
  }
}

function isSameGit(repository: string, setting: UvSourceSetting, locked: string): boolean {
  const [address = '', query = ''] = locked.split('?');
  const parameters = new URLSearchParams(query);
  const plain = (url: string): string =>
    url
      .replace(/^git\+/, '')
      .replace(/\/+$/, '')
      .replace(/\/\/[^/@]*@/, '//');
  const isSameReference = ['rev', 'tag', 'branch'].every((key) => (setting.get(key) ?? null) === parameters.get(key));
  return isSameReference && plain(address) === plain(repository);
}

function toWanted(
  { name, extras, marker }: { readonly name: string; readonly extras: readonly string[]; readonly marker?: Marker },
  version: string,
  elsewhere: ReadonlySet<string>,
): Wanted {
  const suffix = extras.length === 0 ? '' : `[${extras.toSorted().join(',')}]`;
  if (elsewhere.has(name)) return { key: `${name}${suffix}` };
  return { key: `${name}${suffix}${version}`, ...(marker === undefined ? {} : { marker }) };
}

/** Equal for specifiers that mean the same, in any order and spelling. */
function canonical(specifiers: Specifiers): string {
  const clauses = specifiers.map((clause) => {
    if (clause.operator === '===' || clause.wildcard) return clause.operator + clause.text;
    return (
      clause.operator + (clause.operator === '~=' ? formatVersion(clause.version) : canonicalVersion(clause.version))
    );
  });
  return [...new Set(clauses)].sort().join(',');
}

/** The main dependencies, and those of extras under the marker that the lock gives them. */
function declared(project: Project): Requirement[] {
  const extras = [...project.optionalDependencies].flatMap(([extra, requirements]) =>
    requirements.map(({ requirement }) => ({ ...requirement, marker: under(extra, requirement.marker) })),
  );
  return [...project.dependencies.map((item) => item.requirement), ...extras];
}

function under(extra: string, marker: Marker | undefined): Marker {
  const asked = parseMarker(`extra == '${extra}'`);
  return marker === undefined ? asked : { kind: 'and', operands: [marker, asked], grouped: false };
}

/** Dependency groups by normalized name, includes followed, uv's older `dev-dependencies` among them. */
function groupsOf(project: Project): Map<string, Requirement[]> {
  const groups = new Map(
    Object.keys(project.dependencyGroups).map((name) => [
      normalizeName(name),
      resolveGroups(project.dependencyGroups, [name]),
    ]),
  );
  const older = project.uv.devDependencies.map(parseRequirement);
  if (older.length > 0) groups.set('dev', [...(groups.get('dev') ?? []), ...older]);
  return groups;
}

function checkRequiresPython(lock: UvLockFile, project: Project): void {
  if (project.requiresPython === undefined) return;
  const asMarker = (specifiers: string): (Marker | undefined)[] => {
    const clauses = parseSpecifiers(specifiers).map(
      (clause) => `python_full_version ${clause.operator} '${clause.text}'`,
    );
    return [clauses.length === 0 ? undefined : parseMarker(clauses.join(' and '))];
  };
  const wanted = asMarker(project.requiresPython);
  const locked = asMarker(lock.requiresPython);
  if (markersAgree(wanted, locked, [])) return;
  throw new PycontainerError(
    'lock-outdated',
    `${lock.shown} is out of date: it is for Python ${lock.requiresPython}, the project for ${project.requiresPython}`,
    { hint: 'Write it again: uv lock.', location: project.toml.locate('project', 'requires-python') },
  );
}
