import { makeLayer } from '../layer/make.ts';
import type { Layer } from '../layer/layer.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';

type AppRecipe = Extract<Recipe, { kind: 'app' }>;

/** Makes the layer of the user's own files. Pieces are kept, so that after one change only its piece is made again. */
export async function makeAppLayer(
  { platform }: AppRecipe,
  context: BuildContext,
  onProgress: (done: number, total: number) => void,
): Promise<Layer> {
  const { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType } = await makeLayer(platform.app.entries, {
    store: context.store,
    compression: platform.compression,
    mtimeSeconds: platform.mtimeSeconds,
    keepPieces: true,
    onProgress,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return { digest, diffId, sizeBytes, uncompressedSizeBytes, mediaType };
}
