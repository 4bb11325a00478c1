import { resolve } from 'node:path';
import { Workspace } from '../index.ts';
import type { Console } from './console.ts';
import type { SharedOptions } from './options.ts';
import { loadOrAssume } from './session.ts';

/** Flags of commands that look into images. */
export interface ImageOptions extends SharedOptions {
  readonly platform?: string;
  readonly offline: boolean;
}

/** The workspace of a command that needs a manifest only for names of targets and settings of registries. */
export async function openImages(
  options: ImageOptions & { readonly locked?: boolean },
  console: Console,
  signal: AbortSignal,
): Promise<Workspace> {
  const { directory, offline, locked = false } = options;
  const cwd = resolve(directory ?? '.');
  // What an image is set against is made here, whatever others say that it is.
  const caches = 'no';
  const { config } = await loadOrAssume(options);
  return Workspace.open(config, { cwd, emit: console.emit, signal, offline, locked, caches });
}
