import type { MarkerEnvironment } from '../environment.ts';
import { UvActivation } from './uv-activation.ts';
import { refuseActivatedConflict, refuseDeclaredConflict } from './uv-conflicts.ts';
import { forMarkers } from './uv-fork.ts';
import type { UvConflictItem, UvDependency, UvLockFile, UvPackage, UvRequirement } from './uv-model.ts';

export interface UvRequest {
  readonly environment: MarkerEnvironment;
  /** The projects that are installed. */
  readonly roots: readonly UvPackage[];
  readonly extras: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** Leave out the projects themselves and what they need: take only the groups. */
  readonly onlyGroups: boolean;
}

/** A package that was reached, and how. */
export interface UvSelected {
  readonly package: UvPackage;
  requested: boolean;
  readonly requires: Set<string>;
}

/**
 * Walks a lock from its roots, as uv's own installer does: a dependency is followed where its marker holds.
 * With conflicts it walks twice, since their markers speak of extras that only the first walk brings to light.
 * Errors: 'dependency-conflict', 'lock-syntax'.
 */
export function walkUvLock(lock: UvLockFile, request: UvRequest): UvSelected[] {
  if (lock.conflicts.length > 0) refuseDeclaredConflict(lock, request);
  const activation = new UvActivation(request.environment);
  if (lock.conflicts.length > 0) for (const item of rootItems(request)) activation.add(item);
  const seeds = findSeeds(lock, request, activation);
  if (lock.conflicts.length > 0) discoverExtras(lock, seeds, activation);
  return new Walk(activation).from(seeds, request);
}

/** Where a walk starts: a package and, if it is for an extra of it, the extra. */
interface Step {
  readonly package: UvPackage;
  readonly extra?: string;
}

interface Seeds {
  readonly steps: readonly Step[];
  /** Asked for by a root, beside what the roots need by themselves. */
  readonly requested: readonly UvPackage[];
}

function rootItems(request: UvRequest): UvConflictItem[] {
  return request.roots.flatMap((root): UvConflictItem[] => {
    const groups = [...root.groups.keys()].filter((name) => request.groups.has(name));
    const active = groups.map((name) => ({ package: root.name, kind: 'group' as const, name }));
    if (request.onlyGroups) return active;
    const extras = [...root.extras.keys()].filter((name) => request.extras.has(name));
    return [
      ...active,
      { package: root.name, kind: 'project', name: root.name },
      ...extras.map((name) => ({ package: root.name, kind: 'extra' as const, name })),
    ];
  });
}

function findSeeds(lock: UvLockFile, request: UvRequest, activation: UvActivation): Seeds {
  const steps: Step[] = [];
  const requested: UvPackage[] = [];
  const ask = (target: UvPackage, extras: readonly string[]): void => {
    requested.push(target);
    steps.push({ package: target }, ...extras.map((extra) => ({ package: target, extra })));
  };
  for (const root of request.roots) {
    if (!request.onlyGroups)
      ask(
        root,
        [...root.extras.keys()].filter((extra) => request.extras.has(extra)),
      );
    for (const [group, dependencies] of root.groups) {
      if (!request.groups.has(group)) continue;
      for (const dependency of dependencies) {
        if (activation.holds(dependency.marker)) ask(dependency.package, dependency.extras);
      }
    }
  }
  for (const requirement of rootRequirements(lock, request)) {
    if (!activation.holds(requirement.marker)) continue;
    ask(forMarkers(lock, requirement, request.environment), requirement.extras);
  }
  return { steps, requested };
}

/** What a workspace root without a project asks for. */
function rootRequirements(lock: UvLockFile, request: UvRequest): UvRequirement[] {
  const groups = [...lock.manifest.groups].filter(([name]) => request.groups.has(name));
  return [...lock.manifest.requirements, ...groups.flatMap(([, requirements]) => requirements)];
}

/** Activates every extra that a dependency asks for where its marker holds, and refuses two that exclude each other. */
function discoverExtras(lock: UvLockFile, seeds: Seeds, activation: UvActivation): void {
  const found: UvConflictItem[] = [];
  visit(seeds.steps, (dependency) => {
    const also = dependency.extras
      .map((name) => ({ package: dependency.package.name, kind: 'extra' as const, name }))
      .filter((item) => !activation.has(item));
    if (!activation.holds(dependency.marker, also)) return false;
    for (const item of also) activation.add(item);
    found.push(...also);
    return true;
  });
  refuseActivatedConflict(lock, activation, found);
}

class Walk {
  private readonly activation: UvActivation;
  private readonly selected = new Map<UvPackage, UvSelected>();

  constructor(activation: UvActivation) {
    this.activation = activation;
  }

  from(seeds: Seeds, request: UvRequest): UvSelected[] {
    for (const target of seeds.requested) this.select(target).requested = true;
    const roots = new Set(request.onlyGroups ? [] : request.roots);
    visit(seeds.steps, (dependency, step) => {
      if (!this.activation.holds(dependency.marker)) return false;
      const selected = this.select(dependency.package);
      if (roots.has(step.package)) selected.requested = true;
      this.select(step.package).requires.add(dependency.package.name);
      return true;
    });
    return [...this.selected.values()];
  }

  private select(target: UvPackage): UvSelected {
    const found = this.selected.get(target) ?? { package: target, requested: false, requires: new Set<string>() };
    this.selected.set(target, found);
    return found;
  }
}

/** Goes breadth first through all that `follow` says yes to; each package, and each extra of it, once. */
function visit(seeds: readonly Step[], follow: (dependency: UvDependency, step: Step) => boolean): void {
  const seen = new Map<UvPackage, Set<string | undefined>>();
  const queue: Step[] = [];
  const enqueue = (step: Step): void => {
    const extras = seen.get(step.package) ?? new Set();
    if (extras.has(step.extra)) return;
    seen.set(step.package, extras.add(step.extra));
    queue.push(step);
  };
  seeds.forEach(enqueue);
  for (const step of queue) {
    const dependencies = step.extra === undefined ? step.package.dependencies : step.package.extras.get(step.extra);
    for (const dependency of dependencies ?? []) {
      if (!follow(dependency, step)) continue;
      enqueue({ package: dependency.package });
      for (const extra of dependency.extras) enqueue({ package: dependency.package, extra });
    }
  }
}
