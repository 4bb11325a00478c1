import { PycontainerError } from '../../errors.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiarReference, formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import { readText } from '../../python/text.ts';
import type { Base, BaseFacts } from '../../base/base.ts';
import { baseFacts } from '../../base/facts.ts';
import { openBase } from '../../base/open.ts';
import { type Project, readProject } from '../../python/project.ts';
import { parseSpecifiers, specifiersContain } from '../../python/specifier.ts';
import { parseVersion } from '../../python/version.ts';
import type { TargetBelow } from '../inputs.ts';
import { pinKey } from '../lockfile.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

export interface GatheredBase {
  readonly base: Base;
  readonly facts: BaseFacts;
  /** The name that pycontainer.lock pins, with its tag; absent for bases that need no pin. */
  readonly pinned?: Reference;
  /** The target whose image it is; `base` is then what that one stands on. */
  readonly below?: TargetBelow;
}

export interface ChosenBase {
  readonly spec: BaseSpec;
  readonly text: string;
  /** Why, when it was inferred. */
  readonly assumed?: string;
}

/** Versions of Python that an inferred base may have, newest first. */
const knownPythons = ['3.14', '3.13', '3.12', '3.11', '3.10', '3.9'];

/** The target's base, else the official image of the newest Python that the project takes. */
export async function chooseBase(target: Target, project: Project | undefined): Promise<ChosenBase> {
  if (target.base !== undefined) return { spec: target.base, text: target.baseText ?? target.base.kind };
  const wanted = /^(3\.[0-9]+)(?:\.[0-9]+)?\s*$/m.exec(
    (await readText(`${target.context}/.python-version`, '.python-version', 'project-invalid')) ?? '',
  )?.[1];
  const version = wanted ?? newestFor(project);
  const text = `python:${version}-slim`;
  const because =
    wanted === undefined
      ? `requires-python is ${project?.requiresPython ?? 'not said'}`
      : `.python-version says ${wanted}`;
  return {
    spec: { kind: 'registry', reference: parseReference(text) },
    text,
    assumed: `base ${text}, since ${because}`,
  };
}

function newestFor(project: Project | undefined): string {
  if (project?.requiresPython === undefined) return '3.13';
  const specifiers = parseSpecifiers(project.requiresPython);
  const fitting = knownPythons.find((version) => specifiersContain(specifiers, parseVersion(`${version}.99`), true));
  if (fitting !== undefined) return fitting;
  throw new PycontainerError('base-python', `No base is known for requires-python = "${project.requiresPython}"`, {
    hint: 'Say which with `base` in the manifest.',
  });
}

/** What all images of a target stand on in the end: its base, or that of the target that it stands on. */
export async function chooseRoot(target: Target, sources: PlanSources, shared: Shared): Promise<ChosenBase> {
  const below = target.base?.kind === 'target' ? sources.targets.get(target.base.name) : undefined;
  if (below !== undefined) return chooseRoot(below, sources, shared);
  const { context } = target;
  return chooseBase(target, await shared.once('project', [context], () => readProject(context, sources.root)));
}

/** Opens the base for one platform; what is pinned is taken, unless the user asked for what is newest. */
export async function gatherBase(
  chosen: ChosenBase,
  platform: Platform,
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredBase> {
  const { spec, text } = chosen;
  // What an engine has is asked for each plan.
  const kind = spec.kind === 'engine' ? 'engine base' : 'base';
  return shared.once(kind, [spec, formatPlatform(platform)], async () => {
    const reference =
      spec.kind === 'registry' && spec.reference.digest === undefined ? withTag(spec.reference) : undefined;
    const pin =
      reference === undefined || sources.pull ? undefined : sources.pins.get(pinKey(reference, platform))?.digest;
    if (sources.offline && spec.kind === 'registry' && reference !== undefined && pin === undefined)
      throw notPinned(reference);
    const { memory } = sources;
    const named: BaseSpec = reference === undefined ? spec : { kind: 'registry', reference };
    const opening = { ...sources, emit: memory.once(sources.emit) };
    const base = await memory.base(JSON.stringify([spec, formatPlatform(platform)]), () =>
      openBase(named, text, platform, opening, pin),
    );
    const facts = await memory.facts(base, () => baseFacts(base, sources));
    return { base, facts, ...(reference === undefined ? {} : { pinned: reference }) };
  });
}

function withTag(reference: Reference): Reference {
  return reference.tag === undefined ? { ...reference, tag: 'latest' } : reference;
}

function notPinned(reference: Reference): PycontainerError {
  return new PycontainerError(
    'offline',
    `${formatReference(reference)} is not pinned in pycontainer.lock, and the network must not be used`,
    {
      hint: 'Run once without --offline, and commit pycontainer.lock.',
    },
  );
}

/** A base that is only copied from, as messages name it. */
export function describeBase(spec: BaseSpec): string {
  switch (spec.kind) {
    case 'registry':
      return familiarReference(spec.reference);
    case 'scratch':
      return 'scratch';
    case 'engine':
    case 'target':
      return `${spec.kind}:${spec.name}`;
    default:
      return `${spec.kind}:${spec.path}`;
  }
}
