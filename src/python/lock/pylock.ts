import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import { pythonFullVersion, type MarkerEnvironment } from '../environment.ts';
import { evaluateMarker, type MarkerContext } from '../marker.ts';
import { normalizeName } from '../name.ts';
import { parseToml } from '../toml.ts';
import { checkEnvironments, checkExtras, checkGroups, checkPython, sortUnique } from './checks.ts';
import { noIndexes, type Lock, type SelectRequest, type Selection } from './lock.ts';
import type { LockedPackage } from './package.ts';
import { readPylockTable, type PylockFile, type PylockPackage } from './pylock-read.ts';

/**
 * Reads a pylock.toml or pylock.NAME.toml (PEP 751). Errors: 'lock-syntax', 'lock-unsupported'.
 * @param file absolute
 * @param shown as the user would type it
 */
export function readPylock(text: string, file: string, shown: string): Lock {
  const lock = readPylockTable(parseToml(text, shown, 'lock-syntax'), path.dirname(file));
  return {
    kind: 'pylock',
    file,
    ...(lock.requiresPython !== undefined && { requiresPython: lock.requiresPython }),
    indexes: noIndexes,
    ...(lock.made !== undefined && { made: lock.made }),
    select: (request) => selectAsked(lock, request),
  };
}

/** The lock's default groups are taken where no group is asked for. */
function selectAsked(lock: PylockFile, request: SelectRequest): Selection {
  checkExtras(request.extras.map(normalizeName), new Set(lock.extras), lock.shown);
  checkGroups(request.groups.map(normalizeName), new Set([...lock.groups, ...lock.defaultGroups]), lock.shown);
  const { environment, extras, groups } = request;
  return selectPylock(lock, { environment, extras, ...(groups.length > 0 && { groups }) });
}

export interface PylockRequest {
  readonly environment: MarkerEnvironment;
  readonly extras: readonly string[];
  /** Absent: the lock's default groups. */
  readonly groups?: readonly string[];
}

/**
 * Takes an image's share by the steps of the specification, up to the choice of a file for each package.
 * Errors: 'base-python', 'lock-platform', 'lock-syntax', 'lock-unsupported', 'dependency-conflict'.
 */
export function selectPylock(lock: PylockFile, request: PylockRequest): Selection {
  const python_full_version = pythonFullVersion(request.environment);
  const environment = { ...request.environment, python_full_version };
  const context = { extras: new Set(request.extras), groups: new Set(request.groups ?? lock.defaultGroups) };
  checkPython(lock.requiresPython, environment, lock.shown);
  checkEnvironments(lock.environments, environment, lock.shown);
  const applying = lock.packages.filter((item) => applies(item, environment, context));
  for (const item of applying) checkPackage(item, environment);
  return {
    packages: sortUnique(lockedPackages(applying), 'The markers of one must exclude the other. Write the lock again.'),
    warnings: lock.version.isNewer ? [newerFormat(lock)] : [],
  };
}

function checkPackage(item: PylockPackage, environment: MarkerEnvironment): void {
  const { name, version, requiresPython, versionControl = 'git', location } = item;
  checkPython(requiresPython, environment, version === undefined ? name : `${name} ${version}`, location);
  if (versionControl === 'git') return;
  throw new PycontainerError('lock-unsupported', `${name} comes from ${versionControl}, and only git is known`, {
    hint: `Put a wheel of ${name} into the lock.`,
    location,
  });
}

function applies(item: PylockPackage, environment: MarkerEnvironment, context: MarkerContext): boolean {
  if (item.marker === undefined) return true;
  try {
    return evaluateMarker(item.marker, environment, context);
  } catch (cause) {
    if (!(cause instanceof PycontainerError)) throw cause;
    const { hint, message } = cause;
    const { location } = item;
    throw new PycontainerError('lock-syntax', `${location.file}: ${message}`, { hint, location, cause });
  }
}

/**
 * The format does not tell what the user asked for and what came with it, and may leave dependencies out: taken as
 * asked for is what no other package requires.
 */
function lockedPackages(items: readonly PylockPackage[]): LockedPackage[] {
  const names = new Set(items.map(({ name }) => name));
  const required = new Set(items.flatMap(({ dependencies }) => dependencies));
  return items.map(({ name, version, source, wheels, sdist, dependencies, location }) => ({
    name,
    ...(version !== undefined && { version }),
    source,
    wheels,
    ...(sdist && { sdist }),
    hashes: [],
    location,
    requested: !required.has(name),
    requires: [...new Set(dependencies)].filter((other) => names.has(other)).toSorted(),
  }));
}

function newerFormat({ shown, version }: PylockFile): WarningEvent {
  return {
    type: 'warning',
    code: 'lock-unsupported',
    message: `${shown} has the format version ${version.text}, newer than 1.0: what is new in it is not looked at`,
    location: version.location,
  };
}
