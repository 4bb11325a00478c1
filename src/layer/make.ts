import type { Compression } from '../config/target.ts';
import { PycontainerError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { encodePieces, type Encoding, isCarried } from './encode.ts';
import { encoderDifference, type Encoder, encoderFor } from './encoder.ts';
import type { Entry } from './entry.ts';
import { handsFor } from './hands.ts';
import type { FileFound } from './job.ts';
import { JoinedLayer, newTarHash } from './joined.ts';
import { KeptPieces } from './kept.ts';
import type { Layer } from './layer.ts';
import type { LiveLayer, LiveMaking } from './live.ts';
import { Archives } from './member.ts';
import { orderedEntries } from './order.ts';
import { freeMemory } from './own-memory.ts';
import { inOrder, type Part } from './part.ts';
import { type Cutting, cutPieces, type Piece, pieceBytes } from './piece.ts';

/** Changes with everything in this folder that reaches the bytes of a layer; part of every LayerKey. */
export const layerFormat: string = `3${encoderDifference}`;

export interface MakeLayerOptions {
  readonly store: Store;
  readonly compression: Compression;
  /** Seconds since 1970, for entries that have no time of their own. */
  readonly mtimeSeconds: number;
  /** Whether the result is to have `files`. */
  readonly describeFiles?: boolean;
  /**
   * Takes encoded pieces from the layer that was made last under this name, and leaves its own for the next one. The
   * name should be the same from build to build and differ between layers of different files; `true` is a name too.
   * Never changes the bytes. Files whose sha256 is given are not read when their piece is kept.
   */
  readonly keepPieces?: boolean | string;
  /** How the tar is cut into pieces, which reaches the bytes. Default: coarse. */
  readonly cutting?: Cutting | undefined;
  /** Holds pieces in memory for the next layer that is made with it; not with `describeFiles`. Never changes the bytes. */
  readonly live?: LiveLayer | undefined;
  readonly signal?: AbortSignal;
  /** Bytes of the uncompressed tar. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface MadeLayer extends Layer {
  /** What was seen of each file (of hard links too), by path. */
  readonly files?: ReadonlyMap<string, FileFound>;
}

/**
 * Makes a layer of the entries, in any order, and leaves its blob in the store. The bytes depend on nothing but the
 * entries, `mtimeSeconds`, `compression`, `cutting` and {@link layerFormat}. Memory is bounded whatever the files' sizes.
 *
 * Throws 'layer-entry-duplicate', 'layer-entry-invalid', 'file-unreadable', 'file-changed-while-read', 'wheel-invalid'
 * (for members of zip archives), 'interrupted', and the store's errors. Nothing is left behind then.
 */
export async function makeLayer(entries: readonly Entry[], options: MakeLayerOptions): Promise<MadeLayer> {
  const { compression, describeFiles = false, signal, onProgress } = options;
  const ordered = orderedEntries(entries, options.live?.order);
  const encoder = encoderFor(compression);
  const { joinsDeflate } = encoder;
  const { mtimeSeconds, cutting } = options;
  const cuts = options.live?.cuts(`${mtimeSeconds} ${encoder.name} ${JSON.stringify(cutting)}`);
  const pieces = cutPieces(ordered, mtimeSeconds, (entry) => isCarried(entry, joinsDeflate), cuts, cutting);
  const totalBytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  const files = describeFiles ? new Map<string, FileFound>() : undefined;
  const onFile = files && ((path: string, file: FileFound) => void files.set(path, file));
  const archives = new Archives();
  const kept = await openKept(options, encoder);
  const settings = { compression, describeFiles, ...(kept === undefined ? {} : { kept: kept.places }) };
  const hands = handsFor(settings, totalBytes);
  const making = beginLive(options, joinsDeflate, pieces);
  const live = making && options.live;
  const blob = await options.store.createBlob();
  const joined = new JoinedLayer(encoder, blob, { kept, tarHash: making ?? newTarHash() });
  const encoding = { hands, archives, joinsDeflate, isApart: live !== undefined, areHeld: cuts !== undefined, onFile };
  try {
    for await (const part of partsOf(pieces, encoding, live)) {
      if (signal?.aborted === true) throw new PycontainerError('interrupted', 'Stopped while making a layer');
      joined.add(part);
      if (live === undefined) release(part);
      onProgress?.(joined.tarBytes, totalBytes);
    }
    const layer = await joined.finish();
    making?.finish();
    return { ...layer, ...(files === undefined ? {} : { files: withLinks(files, ordered) }) };
  } catch (error) {
    await joined.abort();
    throw error;
  } finally {
    archives.close();
    hands.close();
  }
}

function release({ raw, encoded, giveBack }: Part): void {
  for (const bytes of [raw, encoded]) freeMemory(bytes);
  giveBack?.();
}

function beginLive(
  { live, describeFiles }: MakeLayerOptions,
  joinsDeflate: boolean,
  pieces: readonly Piece[],
): LiveMaking | undefined {
  const hasCarried = pieces.some((piece) => piece.kind === 'file' && isCarried(piece.entry, joinsDeflate));
  return describeFiles === true || hasCarried ? undefined : live?.begin(pieces);
}

/** Parts of all pieces in order; those that are held are not made again. */
async function* partsOf(
  pieces: readonly Piece[],
  encoding: Encoding,
  live: LiveLayer | undefined,
): AsyncGenerator<Part> {
  let missing: Piece[] = [];
  for (const piece of live === undefined ? [] : pieces) {
    const parts = live?.find(piece);
    if (parts === undefined) {
      missing.push(piece);
      continue;
    }
    yield* inOrder(encodePieces(missing, encoding));
    missing = [];
    yield* parts;
  }
  yield* inOrder(encodePieces(live === undefined ? pieces : missing, encoding));
}

async function openKept({ keepPieces, store }: MakeLayerOptions, encoder: Encoder): Promise<KeptPieces | undefined> {
  if (keepPieces === undefined || keepPieces === false) return undefined;
  return KeptPieces.open(store, `${layerFormat} ${encoder.name} ${keepPieces}`);
}

/** Links have their file's content. */
function withLinks(files: ReadonlyMap<string, FileFound>, ordered: readonly Entry[]): ReadonlyMap<string, FileFound> {
  const all = new Map(files);
  for (const entry of ordered) {
    const linked = entry.type === 'hardlink' ? files.get(entry.target) : undefined;
    if (linked !== undefined) all.set(entry.path, linked);
  }
  return all;
}
