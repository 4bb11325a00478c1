import { PycontainerError, throwTogether } from '../errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { LiveLayer } from '../layer/live.ts';
import { makeLayer, type MadeLayer } from '../layer/make.ts';
import type { Cutting } from '../layer/piece.ts';
import type { PlatformInputs } from '../plan/inputs.ts';
import type { BuildContext } from './context.ts';
import { damagedContents } from './stored-contents.ts';

/** What the maker of one layer is given besides its recipe. */
export interface LayerTask {
  /** Names the layers of one target that follow each other: of them, unchanged pieces are taken over. */
  readonly pieces: string;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

export interface WriteOptions extends Partial<LayerTask> {
  readonly describeFiles?: boolean;
  readonly live?: LiveLayer | undefined;
  readonly cutting?: Cutting;
}

/** Makes a layer as the image's settings say. Errors: those of makeLayer, and 'store-blob-damaged'. */
export async function writeLayer(
  entries: readonly Entry[],
  { compression, mtimeSeconds }: PlatformInputs,
  { store, signal }: BuildContext,
  { pieces, onProgress, describeFiles = false, live, cutting }: WriteOptions = {},
): Promise<MadeLayer> {
  try {
    return await makeLayer(entries, {
      store,
      compression,
      mtimeSeconds,
      describeFiles,
      live,
      cutting,
      ...(pieces === undefined ? {} : { keepPieces: pieces }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof PycontainerError && error.code === 'file-changed-while-read')
      throwTogether(await damagedContents(entries, store));
    throw error;
  }
}
