import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Platform } from '../../oci/platform.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import type { Entry } from '../../layer/entry.ts';
import type { BaseFacts } from '../../base/base.ts';
import type { CopiedFile } from '../../base/copy.ts';
import type { InstallTarget } from '../../python/install/target.ts';
import { type Project, readProject } from '../../python/project.ts';
import { appEntries, type PlacedTree } from '../../app/entries.ts';
import { isGuarded } from '../../app/guarded.ts';
import { hashFiles } from '../../app/hashes.ts';
import { importRoot, pathEntry, projectEntries } from '../../app/metadata.ts';
import { applyRule, copiedHashes, placeCopied, type RuledFile } from '../../app/rules.ts';
import { type AppFile, type SelectedFiles, selectFiles } from '../../app/select.ts';
import { inferStart, type Start, startSources } from '../../app/start.ts';
import { resolveUser } from '../../app/user.ts';
import type { AppInputs } from '../inputs.ts';
import { lockFileOf } from './locked.ts';
import type { PlanSources, Shared } from './sources.ts';

export interface GatheredApp {
  /** Equal for equal choices of files. */
  readonly key: string;
  readonly selected: SelectedFiles;
  readonly hashes: ReadonlyMap<string, string>;
}

const attempts = 3;

/** The user's files and their hashes, without the lock: other layers are made from it. A tree that changes meanwhile is looked at again, then 'file-changed-while-read'. */
export async function gatherFiles(target: Target, sources: PlanSources, shared: Shared): Promise<GatheredApp> {
  const { context, include, exclude } = target;
  const lock = await lockFileOf(target, sources, shared);
  const wanted = { context, include, exclude, ...(lock === undefined || isGuarded(basename(lock)) ? {} : { lock }) };
  const app = await shared.once('files', wanted, () => selectAndHash(wanted, sources, shared));
  if (app.selected.files.length > 0) return app;
  const { ignoreSource } = app.selected;
  throw new PycontainerError('app-empty', `No file of ${context} is left to pack into ${target.name}`, {
    hint: `Look at ${ignoreSource === undefined ? '`exclude`' : `\`exclude\` and ${ignoreSource}`}, or name files with \`include\`.`,
    location: target.locate(['context']),
  });
}

async function selectAndHash(
  wanted: { context: string; include: readonly string[]; exclude: readonly string[]; lock?: string },
  { ownOutputs, store }: PlanSources,
  shared: Shared,
): Promise<GatheredApp> {
  const key = JSON.stringify(wanted);
  const seen = await seenHashes(shared);
  for (let attempt = 1; ; attempt += 1) {
    const leftOut = wanted.lock === undefined ? ownOutputs : [...ownOutputs, wanted.lock];
    const selected = selectFiles({ ...wanted, ownOutputs: leftOut });
    try {
      return { key, selected, hashes: await hashFiles(selected.files, key, store, seen) };
    } catch (error) {
      const again = error instanceof PycontainerError && error.code === 'file-changed-while-read' && attempt < attempts;
      if (!again) throw error;
    }
  }
}

/** What this plan has hashed already, for those who choose some of the same files. */
function seenHashes(shared: Shared): Promise<Map<string, string>> {
  return shared.once('hashes', [], async () => new Map<string, string>());
}

export interface AppRequest {
  readonly target: Target;
  readonly platform: Platform;
  readonly app: GatheredApp;
  readonly project: Project | undefined;
  /** Folders of other projects that are installed from source, absolute. */
  readonly members: readonly string[];
  readonly facts: BaseFacts;
  readonly install: InstallTarget | undefined;
  /** Takes a path out of another base. */
  readonly copiedFrom: (from: BaseSpec, src: string) => Promise<readonly CopiedFile[]>;
}

/** All that stands in the app layer; one for all images for which it is the same. */
export function gatherApp(request: AppRequest, sources: PlanSources, shared: Shared): Promise<AppInputs> {
  const { target, app, members, facts, install, platform } = request;
  const { workdir, files, directories, user } = target;
  const copied = files.some(({ from }) => from !== undefined) ? platform : null;
  const below = [facts.folders, user === undefined ? null : [facts.passwd, facts.group]];
  const key = [app.key, workdir, files, directories, user, members, install, copied, below];
  return shared.once('app', key, () => appInputs(request, sources, shared));
}

async function appInputs(request: AppRequest, sources: PlanSources, shared: Shared): Promise<AppInputs> {
  const { target, app, facts, install } = request;
  const { workdir } = target;
  const own: PlacedTree = { files: app.selected.files, hashes: app.hashes, location: workdir };
  const members = await Promise.all(request.members.map((folder) => gatherMember(folder, request, sources, shared)));
  const { rules, hashes: ruleHashes } = await gatherRules(request, sources, shared);
  const made = [
    ...(install === undefined ? [] : ownMetadata(request.project, own, install)),
    ...members.flatMap(({ entries }) => entries),
    ...(target.user === undefined ? [] : resolveUser(target.user, facts).entries),
  ];
  const trees = [own, ...members.flatMap(({ tree }) => (tree === undefined ? [] : [tree]))];
  const files = trees.flatMap((tree) => tree.files);
  return {
    entries: appEntries({
      trees,
      made,
      rules,
      ruleHashes,
      directories: target.directories,
      workdir,
      folders: facts.folders,
    }),
    files: files.length + rules.length,
    sizeBytes: [...files, ...rules.map(({ file }) => file)].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    workdir,
  };
}

interface GatheredRules {
  readonly rules: readonly RuledFile[];
  /** sha256 (hex) by source. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** What the target's `files` rules copy, from the context and from other bases. */
async function gatherRules(
  { target, app, copiedFrom }: AppRequest,
  { root, store }: PlanSources,
  shared: Shared,
): Promise<GatheredRules> {
  const { context, workdir } = target;
  const rules: RuledFile[] = [];
  const hashes = new Map<string, string>();
  const own: AppFile[] = [];
  for (const rule of target.files) {
    if (rule.from === undefined) {
      const ruled = applyRule(rule, context, root, workdir);
      own.push(...ruled.map(({ file }): AppFile => ({ ...file, path: file.source })));
      rules.push(...ruled);
      continue;
    }
    const copied = await copiedFrom(rule.from, rule.src);
    for (const [source, sha256] of copiedHashes(copied, store)) hashes.set(source, sha256);
    rules.push(...placeCopied(rule, copied, workdir, store));
  }
  if (own.length === 0) return { rules, hashes };
  const name = `${app.key} ${JSON.stringify(target.files)}`;
  return { rules, hashes: new Map([...hashes, ...(await hashFiles(own, name, store, await seenHashes(shared)))]) };
}

/** The project in the context: installed as editable when it is a package, else only found by Python. */
function ownMetadata(
  project: Project | undefined,
  { files, location }: PlacedTree,
  install: InstallTarget,
): readonly Entry[] {
  const root = importRoot(files, location);
  if (project?.isPackage === true && project.name !== undefined)
    return projectEntries(project, root, location, install);
  return install.layout === 'venv' ? [pathEntry('_pycontainer_app', root, install)] : [];
}

interface GatheredMember {
  readonly entries: readonly Entry[];
  /** Absent where its files stand in the app's own tree already. */
  readonly tree?: PlacedTree;
}

/** Another project of the workspace: below the app where it lies there, else in the prefix's `src`, as pip places checkouts. */
async function gatherMember(
  folder: string,
  { target, app, install }: AppRequest,
  sources: PlanSources,
  shared: Shared,
): Promise<GatheredMember> {
  const project = await shared.once('project', [folder], () => readProject(folder, sources.root));
  if (project === undefined || install === undefined) return { entries: [] };
  const inside = folder.startsWith(`${target.context}/`) ? folder.slice(target.context.length + 1) : undefined;
  if (inside !== undefined) {
    const files = app.selected.files.flatMap((file) =>
      file.path.startsWith(`${inside}/`) ? [{ ...file, path: file.path.slice(inside.length + 1) }] : [],
    );
    const location = join(target.workdir, inside);
    return { entries: projectEntries(project, importRoot(files, location), location, install) };
  }
  const location = join(install.prefix, 'src', project.name ?? 'project');
  const wanted = { context: folder, include: [], exclude: [] };
  const { selected, hashes } = await shared.once('files', wanted, () => selectAndHash(wanted, sources, shared));
  return {
    entries: projectEntries(project, importRoot(selected.files, location), location, install),
    tree: { files: selected.files, hashes, location },
  };
}

/** What is worth telling about the choice of files. */
export function fileWarnings({ selected }: GatheredApp): readonly WarningEvent[] {
  const { leftOut, dangling, ignoreSource } = selected;
  const warnings: WarningEvent[] = [];
  if (leftOut.length > 0) {
    warnings.push({
      type: 'warning',
      code: 'files-left-out',
      message: `${ignoreSource ?? 'The ignore rules'} left out ${listed(leftOut)}, which Python could import`,
      hint: `If the app needs ${leftOut.length === 1 ? 'it' : 'them'}, add to the target: include: [${leftOut.slice(0, 3).join(', ')}]`,
    });
  }
  if (dangling.length > 0) {
    warnings.push({
      type: 'warning',
      code: 'link-dangling',
      message: `${listed(dangling)} ${dangling.length === 1 ? 'is a link that leads' : 'are links that lead'} out of the context, so nowhere in the image`,
      hint: 'Copy what it leads to with `files`, or leave it out with `exclude`.',
    });
  }
  return warnings;
}

function listed(paths: readonly string[]): string {
  const more = paths.length - 3;
  return paths.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** How the app starts, inferred; the answer is kept, so that an unchanged tree is not read for it again. */
export function gatherStart(
  target: Target,
  app: GatheredApp,
  project: Project | undefined,
  packages: ReadonlySet<string>,
  sources: PlanSources,
  shared: Shared,
): Promise<Start> {
  return shared.once('start', [app.key, target.ports[0], [...packages]], () =>
    startOf(target, app, project, packages, sources),
  );
}

async function startOf(
  target: Target,
  { selected, hashes }: GatheredApp,
  project: Project | undefined,
  packages: ReadonlySet<string>,
  { store }: PlanSources,
): Promise<Start> {
  const inputs = {
    scripts: project?.isPackage === true ? [...project.scripts.keys()] : [],
    ...(project?.writtenName === undefined ? {} : { projectName: project.writtenName }),
    packages,
    files: selected.files,
    port: Number(/^[0-9]+/.exec(target.ports[0] ?? '')?.[0] ?? 8000),
  };
  const sources = startSources(selected.files).map(({ path }) => [path, hashes.get(path)]);
  const all = [
    inputs.scripts,
    inputs.projectName ?? null,
    [...packages].toSorted(),
    inputs.port,
    sources,
    selected.files.map(({ path }) => path),
  ];
  const key = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  const kept = await store.getResult<Start>('start', key);
  if (kept !== undefined) return kept;
  const start = inferStart(inputs);
  await store.putResult('start', key, start);
  return start;
}
