import { PycontainerError } from '../../errors.ts';
import type { MarkerEnvironment } from '../environment.ts';
import { resolveGroups } from '../group.ts';
import { evaluateMarker } from '../marker.ts';
import { normalizeName } from '../name.ts';
import { poetrySpecifiers } from '../poetry-constraint.ts';
import type { PoetryDependency } from '../project-poetry.ts';
import type { Project } from '../project.ts';
import type { Requirement } from '../requirement.ts';
import { parseSpecifiers, specifiersContain } from '../specifier.ts';
import type { GraphEdge } from './graph.ts';
import type { LockedPackage } from './package.ts';

export interface Asked {
  readonly environment: MarkerEnvironment;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
}

/** What a project asks for in an image, from `[project]`, `[dependency-groups]` and `[tool.poetry]` together. */
export function declaredEdges(project: Project, asked: Asked): GraphEdge[] {
  const { poetry } = project;
  const optional = asked.extras.flatMap((extra) => project.optionalDependencies.get(extra) ?? []);
  const standard = Object.keys(project.dependencyGroups).filter((name) => asked.groups.includes(normalizeName(name)));
  const requirements = [
    ...[...project.dependencies, ...optional].map(({ requirement }) => requirement),
    ...resolveGroups(project.dependencyGroups, standard),
  ];
  const switchedOn = new Set(asked.extras.flatMap((extra) => poetry?.extras.get(extra) ?? []));
  const own = new Set(requirements.map(({ name }) => name));
  const main = (poetry?.dependencies ?? []).filter(
    ({ name, optional }) => !(project.dependencies.length > 0 && own.has(name)) && (!optional || switchedOn.has(name)),
  );
  const grouped = asked.groups.flatMap((group) => poetry?.groups.get(group) ?? []);
  return [
    ...requirements.flatMap((requirement) => requirementEdges(requirement, asked.environment, asked.extras)),
    ...[...main, ...grouped].flatMap((dependency) => poetryEdges(dependency, asked.environment, asked.extras)),
  ];
}

/** One edge where the marker holds, else none. */
export function requirementEdges(
  { name, extras, specifiers, marker }: Requirement,
  environment: MarkerEnvironment,
  activeExtras: readonly string[],
): GraphEdge[] {
  if (marker !== undefined && !evaluateMarker(marker, environment, { extra: new Set(activeExtras) })) return [];
  return [{ name, extras, allows: (version) => specifiersContain(specifiers, version) }];
}

/** One edge where the marker and the constraint on Python hold, else none. */
export function poetryEdges(
  dependency: PoetryDependency,
  environment: MarkerEnvironment,
  activeExtras: readonly string[],
): GraphEdge[] {
  const { name, extras, constraint, marker, python } = dependency;
  if (marker !== undefined && !evaluateMarker(marker, environment, { extra: new Set(activeExtras) })) return [];
  if (python !== undefined && !poetryAllows(python, environment.python_full_version)) return [];
  return [{ name, extras, allows: (version) => poetryAllows(constraint, version) }];
}

/** Whether a version meets one of a Poetry constraint's alternatives. */
export function poetryAllows(constraint: string, version: string): boolean {
  return poetrySpecifiers(constraint).some((alternative) => specifiersContain(parseSpecifiers(alternative), version));
}

/**
 * Refuses a lock that lacks what the project asks for, or has it at a version that the project does not take.
 * Error: 'lock-outdated'.
 * @param hint how to write the lock again
 */
export function checkDeclared(
  edges: readonly GraphEdge[],
  packages: readonly LockedPackage[],
  project: Project,
  shown: string,
  hint: string,
): void {
  const byName = new Map(packages.map((item) => [item.name, item]));
  for (const edge of edges) {
    if (edge.name === project.name) continue;
    const found = byName.get(edge.name);
    const isFine =
      found !== undefined &&
      (found.version === undefined || found.source.kind !== 'index' || edge.allows(found.version));
    if (isFine) continue;
    const what = found === undefined ? `has no ${edge.name}` : `has ${edge.name} ${found.version ?? ''}`;
    throw new PycontainerError(
      'lock-outdated',
      `${shown} is out of date: it ${what}, and ${project.file} asks for another`,
      {
        hint,
        location: found?.location,
      },
    );
  }
}
