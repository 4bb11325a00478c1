import fs from 'node:fs';
import type { MadeLayer } from '../../../src/layer/make.ts';
import { dependencyLayer, layerFile } from '../product-layers.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import type { BenchWheel } from './wheels.ts';

/** One tar of installed wheels: as pycontainer's layer, and packed again as one stream of `gzip -6`. */
export interface PackedTars {
  readonly layer: MadeLayer;
  /** The file of the layer. */
  readonly ours: string;
  readonly gzip6: string;
  /** How many times as large as `gzip6` the layer is. */
  readonly size: number;
}

export async function packTars(bench: Bench, wheels: readonly BenchWheel[]): Promise<PackedTars> {
  const store = bench.path('tars/store');
  const layer = await dependencyLayer(wheels, { store, signal: bench.bounded() });
  const ours = await layerFile(layer, store);
  const gzip6 = bench.path('tars/gzip6');
  await runProgram(pipeline(`gzip -dc ${quoted(ours)} | gzip -6 > ${quoted(gzip6)}`), { signal: bench.bounded() });
  return { layer, ours, gzip6, size: layer.sizeBytes / fs.statSync(gzip6).size };
}
