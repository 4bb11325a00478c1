import type { Emit } from '../events.ts';
import { hexOf } from '../oci/digest.ts';
import type { BaseLayer } from './base.ts';

/** How often a layer's progress is said, besides its end: independent of clock and speed. */
const steps = 20;

/** Passes a layer's blob on and says how far it is, for one that comes over the network. */
export async function* reported(
  blob: AsyncIterable<Uint8Array>,
  { descriptor, origin }: BaseLayer,
  emit: Emit,
): AsyncGenerator<Uint8Array> {
  const place = origin.kind === 'registry' ? ` of ${origin.host}/${origin.repository}` : '';
  const what = `layer ${hexOf(descriptor.digest).slice(0, 12)}${place}`;
  const progress = { type: 'download', what, totalBytes: descriptor.size } as const;
  let doneBytes = 0;
  let saidBytes = 0;
  for await (const chunk of blob) {
    yield chunk;
    doneBytes += chunk.length;
    if (doneBytes - saidBytes < descriptor.size / steps) continue;
    saidBytes = doneBytes;
    emit({ ...progress, doneBytes });
  }
  emit({ ...progress, doneBytes, finished: true });
}
