import { resolve } from 'node:path';
import { PycontainerError } from '../errors.ts';
import { assumeConfig, type Config, loadConfig, Workspace } from '../index.ts';
import type { Console } from './console.ts';
import type { SharedOptions } from './options.ts';

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
  return Workspace.open(await configOf(options, cwd), { cwd, emit: console.emit, signal, offline, locked, caches });
}

async function configOf({ file, set }: SharedOptions, cwd: string): Promise<Config> {
  const options = { cwd, env: process.env, set, ...(file === undefined ? {} : { file }) };
  try {
    return await loadConfig(options);
  } catch (error) {
    const missing = error instanceof PycontainerError && error.code === 'manifest-not-found' && file === undefined;
    if (!missing) throw error;
    return assumeConfig(options);
  }
}
