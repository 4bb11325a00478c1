import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Target } from '../../config/target.ts';
import type { BaseFacts, Interpreter } from '../../base/base.ts';
import { hashFiles } from '../../app/hashes.ts';
import { type MarkerEnvironment, markerEnvironment } from '../../python/environment.ts';
import { evaluateMarker } from '../../python/marker.ts';
import { printable } from '../../python/install/problem.ts';
import type { Project } from '../../python/project.ts';
import { parseRequirement } from '../../python/requirement.ts';
import { supportedTags, tagTarget } from '../../python/tags.ts';
import type { VenvDistribution } from '../../python/venv/distribution.ts';
import { findVenv, isVenv, readVenv, type Venv } from '../../python/venv/read.ts';
import type { PlannedPackage } from '../inputs.ts';
import { asAppFile, copiedPackage, type CopyPlace } from './copied-package.ts';
import { lockFileOf } from './locked.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

/** What a venv is made with, not what it was made for: left out unless something requires it. */
const tools = new Set(['pip', 'setuptools', 'wheel', 'uv']);

/** The virtual environment that the packages are copied from: where the target names it, or has nothing else. */
export async function venvOf(target: Target, sources: PlanSources, shared: Shared): Promise<string | undefined> {
  const { from } = target.dependencies;
  if (from !== undefined) return isVenv(from) ? from : undefined;
  return (await lockFileOf(target, sources, shared)) === undefined ? findVenv(target.context) : undefined;
}

export interface CopyRequest extends CopyPlace {
  readonly target: Target;
  readonly project: Project | undefined;
  readonly facts: BaseFacts & { readonly interpreter: Interpreter };
}

export interface GatheredCopies {
  /** Sorted by name. */
  readonly packages: readonly PlannedPackage[];
  /** Folders of projects that are installed as editable, absolute, without the context itself. */
  readonly members: readonly string[];
  /** The venv's name, for people. */
  readonly source: string;
  readonly environment: MarkerEnvironment;
  readonly warnings: readonly WarningEvent[];
}

/**
 * The packages of a virtual environment on this machine, for an image whose interpreter and platform are the same.
 * What is installed from a folder of source as editable becomes a member. Errors: 'lock-platform', 'lock-unsupported'.
 */
export async function gatherCopied(
  request: CopyRequest,
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredCopies> {
  const { folder, target, project, facts } = request;
  const shown = relative(sources.root, folder) || basename(folder);
  const venv = await shared.once('venv', [folder], async () => readVenv(folder, shown));
  const library = join(folder, 'lib', `python${venv.version.join('.')}`, 'site-packages');
  sources.memory.seen.listed(library, 'dependencies');
  const environment = markerEnvironment({ interpreter: facts.interpreter, machine: facts.machine });
  refuseOther(venv, shown, facts);
  const isOwn = ({ name, project: from }: VenvDistribution): boolean =>
    from?.folder === target.context || (project?.isPackage === true && project.name === name);
  const others = withoutTools(venv.distributions, environment).filter((item) => !isOwn(item));
  const members = others.flatMap(({ project: from }) => (from?.editable === true ? [from.folder] : []));
  for (const member of members) refuseWithoutProject(member, shown);
  const copied = others.filter((item) => item.project?.editable !== true);
  const hashes = await shared.once('venv hashes', [folder], () =>
    hashFiles(
      venv.distributions.flatMap(({ files }) => files.map(asAppFile)),
      folder,
      sources.store,
    ),
  );
  return {
    packages: copied.map((item) => copiedPackage(item, shown, hashes, request)),
    members,
    source: shown,
    environment,
    warnings: [...unownedWarning(venv, shown), ...copied.flatMap((item) => missingWarning(item, shown))],
  };
}

function refuseOther(venv: Venv, shown: string, facts: CopyRequest['facts']): void {
  const { interpreter } = facts;
  const own = describePython(venv.implementation, venv.version.join('.'), venv.freeThreaded);
  const release = interpreter.version.split('.').slice(0, 2).join('.');
  const below = describePython(interpreter.implementation, release, interpreter.freeThreaded);
  if (own !== below) {
    throw new PycontainerError('lock-platform', `${shown} is for ${own}, and the base has ${below}`, {
      hint: 'Choose a base with the same Python, or make a lock, which is good for every one: `uv lock`.',
    });
  }
  const tags = new Set(supportedTags(tagTarget(facts)));
  for (const item of venv.distributions) {
    if (item.tags.length === 0 || item.project?.editable === true || item.tags.some((tag) => tags.has(tag))) continue;
    throw new PycontainerError(
      'lock-platform',
      `${item.name} in ${shown} is for ${printable(item.tags.slice(0, 3).join(', '))}, which does not fit the base`,
      { hint: 'Make a lock, from which wheels for the image are taken: `uv lock` or `pycontainer lock`.' },
    );
  }
}

function describePython(implementation: string, release: string, freeThreaded: boolean): string {
  return `${implementation === 'pypy' ? 'PyPy' : 'Python'} ${release}${freeThreaded ? 't' : ''}`;
}

function refuseWithoutProject(folder: string, shown: string): void {
  if (existsSync(join(folder, 'pyproject.toml'))) return;
  throw new PycontainerError(
    'lock-unsupported',
    `${shown} has ${folder} installed as editable, and no pyproject.toml is there`,
    {
      hint: 'Install it as a wheel (pip install without -e), or give it a pyproject.toml with a [project] table.',
    },
  );
}

function withoutTools(
  distributions: readonly VenvDistribution[],
  environment: MarkerEnvironment,
): readonly VenvDistribution[] {
  const others = distributions.filter(({ name }) => !tools.has(name));
  const required = new Set(
    others.flatMap(({ metadata }) => metadata.requiresDist.flatMap((text) => nameIf(text, environment))),
  );
  return distributions.filter(({ name }) => !tools.has(name) || required.has(name));
}

/** The name of a requirement that applies. What cannot be read is passed over, as pip does. */
function nameIf(text: string, environment: MarkerEnvironment): readonly string[] {
  try {
    const { name, marker } = parseRequirement(text);
    return marker === undefined || evaluateMarker(marker, environment, { extra: '' }) ? [name] : [];
  } catch (error) {
    if (error instanceof PycontainerError) return [];
    throw error;
  }
}

function unownedWarning({ unowned }: Venv, shown: string): readonly WarningEvent[] {
  if (unowned.length === 0) return [];
  return [
    {
      type: 'warning',
      code: 'files-left-out',
      message: `${listed(unowned)} in ${shown} ${unowned.length === 1 ? 'belongs' : 'belong'} to no installed package, so not to the image either`,
      hint: 'Install it as a package, or copy it with `files`.',
    },
  ];
}

function missingWarning({ name, missing }: VenvDistribution, shown: string): readonly WarningEvent[] {
  if (missing.length === 0) return [];
  const message = `${listed(missing)} of ${name} ${missing.length === 1 ? 'is' : 'are'} not in ${shown}, though its RECORD says so`;
  return [{ type: 'warning', code: 'wheel-record', message, hint: 'Install the package anew.' }];
}

function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).map(printable).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
