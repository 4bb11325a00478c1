import type { AppFile } from '../../app/app-file.ts';
import { treeEntry } from '../../app/entries.ts';
import { otherHashes } from '../../app/hashes.ts';
import type { BaseFacts } from '../../base/base.ts';
import type { Entry } from '../../layer/entry.ts';
import { replacedIn, withReplaced } from '../../layer/replaced.ts';
import type { Project } from '../../python/project.ts';
import type { AppInputs } from '../inputs.ts';
import { isSameEntry } from './same-entries.ts';
import type { SeenFiles } from './seen.ts';

/** An app that consists of the files of its context and of what is made for them, and what it came to. */
export interface KnownApp {
  readonly chosen: SeenFiles;
  readonly project: Project | undefined;
  readonly inputs: AppInputs;
}

/** What the app comes to where only the contents of some files are others, as after a save; undefined where more is. */
export function afterSave(
  known: KnownApp,
  { chosen, project }: Omit<KnownApp, 'inputs'>,
  folders: BaseFacts['folders'],
): AppInputs | undefined {
  const files = project === known.project ? changedFiles(known.chosen, chosen) : undefined;
  if (files === undefined) return undefined;
  const { workdir, sizeBytes } = known.inputs;
  const replaced = new Map<Entry, Entry>();
  let moreBytes = 0;
  for (const [was, is] of files) {
    const now = treeEntry(is, { files: [], hashes: chosen.hashes, location: workdir }, folders);
    const before = known.inputs.entries.find((entry) => entry.path === now.path);
    if (before?.type !== 'file' || !isOf(was, before)) return undefined;
    if (!isSameEntry(before, now)) replaced.set(before, now);
    moreBytes += is.sizeBytes - was.sizeBytes;
  }
  if (replaced.size === 0) return known.inputs;
  return {
    ...known.inputs,
    entries: withReplaced(known.inputs.entries, replaced),
    sizeBytes: sizeBytes + moreBytes,
  };
}

/** Files by those in whose places they came, or that they were with other contents. Links and folders are none. */
function changedFiles(before: SeenFiles, now: SeenFiles): ReadonlyMap<AppFile, AppFile> | undefined {
  const replaced = replacedIn(before.files, now.files);
  if (replaced === undefined || [...replaced.keys()].some(({ type }) => type !== 'file')) return undefined;
  const others = new Set(otherHashes(before.hashes, now.hashes));
  for (const { path } of replaced.keys()) others.delete(path);
  const sameAgain = others.size === 0 ? [] : now.files.filter(({ path }) => others.has(path));
  return new Map([...sameAgain.map((file) => [file, file] as const), ...replaced]);
}

function isOf({ source }: AppFile, { content }: Extract<Entry, { type: 'file' }>): boolean {
  return content.kind === 'path' && content.path === source;
}
