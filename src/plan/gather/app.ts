import { dirname, join } from 'node:path';
import type { Platform } from '../../oci/platform.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import type { Entry } from '../../layer/entry.ts';
import type { BaseFacts } from '../../base/base.ts';
import type { CopiedFile } from '../../base/copy.ts';
import type { InstallTarget } from '../../python/install/target.ts';
import { type Project, readProject } from '../../python/project.ts';
import { appEntries, type PlacedTree } from '../../app/entries.ts';
import { hashFiles } from '../../app/hashes.ts';
import { importRoot, pathEntry, projectEntries } from '../../app/metadata.ts';
import { applyRule, copiedHashes, placeCopied, type RuledFile } from '../../app/rules.ts';
import type { AppFile } from '../../app/app-file.ts';
import { resolveUser } from '../../app/user.ts';
import type { AppInputs } from '../inputs.ts';
import { type GatheredApp, seenHashes, selectAndHash } from './files.ts';
import { placed } from './placed.ts';
import { afterSave } from './saved.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

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
  return shared.once('app', key, async () => {
    const name = JSON.stringify(key);
    const known = sources.memory.apps.get(name);
    const now = { chosen: { files: app.selected.files, hashes: app.hashes }, project: request.project };
    const inputs = (known && afterSave(known, now, facts.folders)) ?? (await appInputs(request, name, sources, shared));
    if (files.length === 0 && members.length === 0) sources.memory.apps.set(name, { ...now, inputs });
    return inputs;
  });
}

async function appInputs(request: AppRequest, key: string, sources: PlanSources, shared: Shared): Promise<AppInputs> {
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
  const entries = appEntries({
    trees,
    made,
    rules,
    ruleHashes,
    directories: target.directories,
    workdir,
    folders: facts.folders,
  });
  return {
    entries: sources.memory.entries(key, entries),
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
  { root, store, memory }: PlanSources,
  shared: Shared,
): Promise<GatheredRules> {
  const { context, workdir } = target;
  const rules: RuledFile[] = [];
  const hashes = new Map<string, string>();
  const own: AppFile[] = [];
  for (const [index, rule] of target.files.entries()) {
    if (rule.from === undefined) {
      const ruled = await placed(target, ['files', index, 'src'], () => applyRule(rule, context, root, workdir));
      own.push(...ruled.map(({ file }): AppFile => ({ ...file, path: file.source })));
      rules.push(...ruled);
      continue;
    }
    const { from, src } = rule;
    const copied = await placed(target, ['files', index, 'from'], () => copiedFrom(from, src));
    for (const [source, sha256] of copiedHashes(copied, store)) hashes.set(source, sha256);
    rules.push(...placeCopied(rule, copied, workdir, store));
  }
  if (own.length === 0) return { rules, hashes };
  const name = `${app.key} ${JSON.stringify(target.files)}`;
  const ownHashes = await hashFiles(own, name, store, await seenHashes(shared), memory.hashes(name));
  const folders = own.map(({ source, type }) => (type === 'directory' ? source : dirname(source)));
  memory.seen.choice(name, { files: own, hashes: ownHashes }, folders);
  return { rules, hashes: new Map([...hashes, ...ownHashes]) };
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
  sources.memory.seen.input(join(folder, 'pyproject.toml'), 'dependencies');
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
