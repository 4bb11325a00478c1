import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Annotations } from '../../oci/manifest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import type { Target } from '../../config/target.ts';
import type { BaseFacts, Interpreter } from '../../base/base.ts';
import { markerEnvironment } from '../../python/environment.ts';
import type { InstallTarget } from '../../python/install/target.ts';
import { type Project, readProject } from '../../python/project.ts';
import { parseSpecifiers, specifiersContain } from '../../python/specifier.ts';
import { parseVersion } from '../../python/version.ts';
import type { Start } from '../../app/start.ts';
import { resolveUser } from '../../app/user.ts';
import type { ImageSettings } from '../../image/config.ts';
import type { PlatformInputs, PythonInputs, TargetCopy } from '../inputs.ts';
import { withPythonBelow } from '../packages-below.ts';
import { type AppRequest, gatherApp } from './app.ts';
import type { GatheredBase } from './base.ts';
import { configOf, saysStart, withPathsBelow } from './below.ts';
import { cmdWarnings } from './cmd-warning.ts';
import type { GatheredApp } from './files.ts';
import { installTarget } from './install-target.ts';
import { type GatheredPackages, gatherPackages, noPackages } from './packages.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';
import { gatherStart } from './start.ts';
import { gatherWatched } from './watched.ts';

/** 1980-01-01: the earliest time that Python's zipfile takes. */
const defaultEpochSeconds = 315532800;

export interface PlatformRequest {
  readonly target: Target;
  readonly platform: Platform;
  readonly project: Project | undefined;
  readonly below: GatheredBase;
  readonly app: GatheredApp;
  readonly baseText: string;
  readonly copiedFrom: AppRequest['copiedFrom'];
  /** What is taken out of other targets' images. */
  readonly copies: readonly TargetCopy[];
}

export interface GatheredPlatform {
  readonly inputs: PlatformInputs;
  readonly packages: GatheredPackages;
  readonly start: Start | undefined;
  readonly warnings: readonly WarningEvent[];
}

/** All inputs of one target for one platform, over a base that is open. */
export async function gatherPlatform(
  request: PlatformRequest,
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredPlatform> {
  const { target, platform, project, below, app, copiedFrom, copies } = request;
  const { base, facts } = below;
  const interpreter = interpreterFor(request);
  const packages: GatheredPackages =
    interpreter === undefined
      ? noPackages
      : await gatherPackages(target, project, { ...facts, interpreter }, sources, shared);
  const install = interpreter === undefined ? undefined : installTarget(target, interpreter);
  const start = await startOf(request, packages, sources, shared);
  const python: PythonInputs | undefined =
    interpreter === undefined || install === undefined
      ? undefined
      : {
          install,
          interpreter: { path: interpreter.path, version: interpreter.version },
          packages: packages.packages,
          projects: await projectsOf(project, packages.members, sources, shared),
          ...(target.dependencies.systemSitePackages ? { basePackages: interpreter.packages } : {}),
          environment: packages.environment ?? markerEnvironment({ interpreter, machine: facts.machine }),
          ...(packages.source === undefined ? {} : { source: packages.source }),
        };
  const mtimeSeconds = epochOf(sources.env);
  const watched = await gatherWatched(target, sources, shared);
  const inputs: PlatformInputs = {
    platform,
    base,
    facts,
    ...(below.below === undefined ? {} : { below: below.below }),
    ...(python === undefined ? {} : { python: withPythonBelow(python, target.name, below.below) }),
    app: withPathsBelow(
      await gatherApp(
        {
          target: withoutTargets(target),
          platform,
          app,
          project,
          members: packages.members,
          facts,
          install,
          copiedFrom,
        },
        sources,
        shared,
      ),
      below.below,
    ),
    ...(copies.length === 0 ? {} : { copies }),
    ...(watched.length === 0 ? {} : { watched }),
    settings: settingsOf(target, facts, install, start, mtimeSeconds),
    annotations: annotationsOf(target, project),
    compression: target.compression,
    mtimeSeconds,
  };
  const config = below.below === undefined ? base.config : configOf(below.below.image);
  return { inputs, packages, start, warnings: cmdWarnings(target, config.config ?? {}, inputs) };
}

/** What is copied from other targets' images comes when these are made. */
function withoutTargets(target: Target): Target {
  const files = target.files.filter(({ from }) => from?.kind !== 'target');
  return files.length === target.files.length ? target : { ...target, files };
}

/** The base's interpreter, checked against what the project takes; undefined where the base has none and none is needed. */
function interpreterFor({ target, project, below, baseText, platform }: PlatformRequest): Interpreter | undefined {
  const { interpreter } = below.facts;
  if (interpreter === undefined) {
    const hasStart = target.cmd !== undefined || isStarted(below);
    if (project === undefined && target.dependencies.from === undefined && hasStart) return undefined;
    if (project === undefined && target.entrypoint !== undefined) return undefined;
    throw new PycontainerError('base-python', `${baseText} has no Python for ${formatPlatform(platform)}`, {
      hint: 'Choose a base with Python, such as python:3.13-slim.',
      location: target.locate(['base']),
    });
  }
  const wanted = project?.requiresPython;
  if (wanted !== undefined && !specifiersContain(parseSpecifiers(wanted), parseVersion(interpreter.version), true)) {
    throw new PycontainerError(
      'base-python',
      `${baseText} has Python ${interpreter.version}, and the project takes ${wanted}`,
      {
        hint: 'Choose another base, or change requires-python in pyproject.toml.',
        location: target.locate(['base']),
      },
    );
  }
  return interpreter;
}

async function projectsOf(
  project: Project | undefined,
  members: readonly string[],
  sources: PlanSources,
  shared: Shared,
): Promise<PythonInputs['projects']> {
  const others = await Promise.all(
    members.map((folder) => shared.once('project', [folder], () => readProject(folder, sources.root))),
  );
  return Object.fromEntries(
    [project, ...others].flatMap((one) =>
      one?.name === undefined ? [] : [[one.name, one.version.kind === 'known' ? one.version.version : null]],
    ),
  );
}

async function startOf(
  { target, app, project, below }: PlatformRequest,
  { packages, provided }: GatheredPackages,
  sources: PlanSources,
  shared: Shared,
): Promise<Start | undefined> {
  if (target.cmd !== undefined || target.entrypoint !== undefined || isStarted(below)) return undefined;
  const names = new Set([...packages.map(({ name }) => name), ...provided]);
  return gatherStart(target, app, project, names, sources, shared);
}

/** What the manifest says of a base target's start holds for those on it; what was inferred for it does not. */
function isStarted({ below }: GatheredBase): boolean {
  return below !== undefined && saysStart(below);
}

function settingsOf(
  target: Target,
  facts: BaseFacts,
  install: InstallTarget | undefined,
  start: Start | undefined,
  createdSeconds: number,
): ImageSettings {
  const { environment, workdir, entrypoint, ports, volumes, labels, stopSignal, healthcheck } = target;
  const cmd = target.cmd ?? start?.cmd;
  return {
    environment,
    ...(install?.layout === 'venv' ? { binFolder: `${install.prefix}/bin` } : {}),
    workdir,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(cmd === undefined ? {} : { cmd }),
    inferred: start !== undefined,
    ...(target.user === undefined ? {} : { user: resolveUser(target.user, facts).config }),
    ports,
    volumes,
    labels,
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    createdSeconds,
  };
}

/** What the project says about itself, under the image-spec's names; the target's own annotations win. */
function annotationsOf(target: Target, project: Project | undefined): Annotations {
  const version = project?.version.kind === 'known' ? project.version.version : undefined;
  return {
    'org.opencontainers.image.title': project?.writtenName ?? target.name,
    ...(version === undefined ? {} : { 'org.opencontainers.image.version': version }),
    ...(project?.description === undefined ? {} : { 'org.opencontainers.image.description': project.description }),
    ...target.annotations,
  };
}

function epochOf(env: PlanSources['env']): number {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return defaultEpochSeconds;
  if (/^[0-9]{1,11}$/.test(text)) return Number(text);
  throw new PycontainerError('usage', `SOURCE_DATE_EPOCH is '${text}', which is no number of seconds`, {
    hint: 'Set it to seconds since 1970, or unset it.',
  });
}
