import { basename } from 'node:path';
import { PycontainerError, systemCode } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Target } from '../../config/target.ts';
import type { SelectedFiles } from '../../app/app-file.ts';
import { isGuarded } from '../../app/guarded.ts';
import { hashFiles } from '../../app/hashes.ts';
import { selectFiles } from '../../app/select.ts';
import { lockFileOf } from './locked.ts';
import { noteInputs } from './seen.ts';
import { placed } from './placed.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

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
  noteInputs(target, lock, sources.memory.seen);
  const app = await placed(target, ['context'], () =>
    shared.once('files', wanted, () => selectAndHash(wanted, sources, shared)),
  );
  if (app.selected.files.length > 0) return app;
  const { ignoreSource } = app.selected;
  throw new PycontainerError('app-empty', `No file of ${context} is left to pack into ${target.name}`, {
    hint: `Look at ${ignoreSource === undefined ? '`exclude`' : `\`exclude\` and ${ignoreSource}`}, or name files with \`include\`.`,
    location: target.locate(['context']),
  });
}

export async function selectAndHash(
  wanted: {
    context: string;
    include: readonly string[];
    exclude: readonly string[];
    ignoreFiles?: boolean;
    lock?: string;
  },
  { ownOutputs, store, memory }: PlanSources,
  shared: Shared,
): Promise<GatheredApp> {
  const key = JSON.stringify(wanted);
  const tree = memory.tree(key);
  const seen = await seenHashes(shared);
  for (let attempt = 1; ; attempt += 1) {
    const leftOut = wanted.lock === undefined ? ownOutputs : [...ownOutputs, wanted.lock];
    const selected = inFolder(wanted.context, () => selectFiles({ ...wanted, ownOutputs: leftOut, memory: tree }));
    try {
      const hashes = await hashFiles(selected.files, key, store, seen, memory.hashes(key));
      memory.seen.choice(key, { files: selected.files, hashes }, selected.folders);
      return { key, selected, hashes };
    } catch (error) {
      const again = error instanceof PycontainerError && error.code === 'file-changed-while-read' && attempt < attempts;
      if (!again) throw error;
      tree.doubt();
    }
  }
}

/** What comes of a look into a folder. Throws 'file-unreadable' where it is none. */
function inFolder<T>(folder: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    const code = systemCode(cause);
    const isThis = cause instanceof Error && 'path' in cause && cause.path === folder;
    if (!isThis || (code !== 'ENOENT' && code !== 'ENOTDIR')) throw cause;
    const message = code === 'ENOENT' ? `There is no folder ${folder}` : `${folder} is no folder`;
    throw new PycontainerError('file-unreadable', message, {
      hint: 'Check `context`; it is relative to the manifest.',
      cause,
    });
  }
}

/** What this plan has hashed already, for those who choose some of the same files. */
export function seenHashes(shared: Shared): Promise<Map<string, string>> {
  return shared.once('hashes', [], async () => new Map<string, string>());
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
