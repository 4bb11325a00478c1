import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { resolveGroups } from '../group.ts';
import { noIndexes } from '../lock/lock.ts';
import { normalizeName } from '../name.ts';
import type { Project } from '../project.ts';
import { underMarker, type Wanted, type WantedRequirement } from './wanted.ts';

/**
 * What a pyproject.toml asks for with these extras and groups.
 * Errors: 'lock-not-found' where only a tool of the project's own can lock it; 'lock-unsupported', 'extra-unknown',
 * 'group-unknown', 'project-invalid'.
 */
export function wantedByProject(project: Project, extras: readonly string[], groups: readonly string[]): Wanted {
  const requirements = declared(project, extras, groups);
  const ownTool = foreignTool(project, requirements, groups);
  if (ownTool !== undefined) {
    throw new PycontainerError('lock-not-found', `${project.file} can be locked only by ${ownTool.name}`, {
      hint: `Run \`${ownTool.name} lock\`: ${ownTool.why}.`,
    });
  }
  return {
    file: path.join(project.folder, 'pyproject.toml'),
    shown: project.file,
    requirements,
    constraints: [],
    folders: [],
    indexes: noIndexes,
    preReleases: false,
  };
}

/** Whether a project depends on anything, in whichever table it says so. */
export function hasDependencies(project: Project, extras: readonly string[], groups: readonly string[]): boolean {
  return (
    isPoetrys(project, groups) || project.dynamic.has('dependencies') || declared(project, extras, groups).length > 0
  );
}

/** The requirements of a project with these extras and groups; an extra that names others of the project is followed. */
export function declared(project: Project, extras: readonly string[], groups: readonly string[]): WantedRequirement[] {
  const location = project.toml.locate('project');
  const grouped = resolveGroups(project.dependencyGroups, groups).map((requirement) => ({
    requirement,
    location: project.toml.locate('dependency-groups'),
  }));
  const found: WantedRequirement[] = [];
  const seen = new Set<string>();
  const open: { requirement: WantedRequirement['requirement']; location: WantedRequirement['location'] }[] = [
    ...project.dependencies,
    ...extras.flatMap((extra) => extraOf(project, extra, true)),
    ...grouped,
  ];
  for (const { requirement, location: own = location } of open) {
    if (requirement.name !== project.name) {
      found.push({ requirement, location: own });
      continue;
    }
    for (const extra of requirement.extras) {
      const key = `${extra} ${JSON.stringify(requirement.marker ?? null)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (const inner of extraOf(project, extra, false))
        open.push({ ...inner, requirement: underMarker(inner.requirement, requirement.marker) });
    }
  }
  return found;
}

function extraOf(project: Project, extra: string, strict: boolean): readonly WantedRequirement[] {
  const requirements = project.optionalDependencies.get(normalizeName(extra));
  if (requirements !== undefined || !strict) return requirements ?? [];
  const known = [...project.optionalDependencies.keys()].toSorted();
  throw new PycontainerError('extra-unknown', `${project.file} has no extra ${extra}`, {
    hint: known.length === 0 ? 'It has no extras.' : `It has the extras ${known.join(', ')}.`,
  });
}

interface ForeignTool {
  readonly name: string;
  readonly why: string;
}

/** The tool whose own settings say where dependencies come from. */
function foreignTool(
  project: Project,
  requirements: readonly WantedRequirement[],
  groups: readonly string[],
): ForeignTool | undefined {
  const { uv, dynamic } = project;
  if (isPoetrys(project, groups)) return { name: 'poetry', why: 'dependencies stand under [tool.poetry]' };
  const placed = requirements.find(({ requirement }) => uv.sources.has(requirement.name));
  if (placed !== undefined)
    return { name: 'uv', why: `[tool.uv.sources] says where ${placed.requirement.name} comes from` };
  if (dynamic.has('dependencies')) return { name: 'uv', why: 'dependencies are dynamic: a build says them' };
  return undefined;
}

function isPoetrys({ poetry }: Project, groups: readonly string[]): boolean {
  if (poetry === undefined) return false;
  return poetry.dependencies.length > 0 || groups.some((group) => poetry.groups.has(normalizeName(group)));
}
