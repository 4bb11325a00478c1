import type { Layer } from '../layer/layer.ts';
import type { Recipe } from '../plan/plan.ts';
import type { BuildContext } from './context.ts';
import { type LayerTask, writeLayer } from './layer.ts';

type AppRecipe = Extract<Recipe, { kind: 'app' }>;

/** Makes the layer of the user's own files. Pieces are kept, so that after one change only its piece is made again. */
export async function makeAppLayer({ platform }: AppRecipe, context: BuildContext, task: LayerTask): Promise<Layer> {
  return writeLayer(platform.app.entries, platform, context, task);
}
