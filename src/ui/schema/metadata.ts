import * as z from 'zod';
import { type MetadataJson, metadataFormatVersion } from '../metadata.ts';
import { count, deliveryWay, digest, platform, reason } from './parts.ts';
import type { Same } from './same.ts';

const layer = z.strictObject({
  digest,
  diffId: digest,
  sizeBytes: count,
  title: z.string(),
  key: digest.exactOptional().describe('sha256 of everything that it is made from. Absent for layers of the base.'),
  reasons: z
    .array(reason)
    .exactOptional()
    .describe('Why it was made; empty when it was there. Absent for layers of the base.'),
});

const output = z.strictObject({
  name: z.string(),
  sentBytes: count,
  sentBlobs: count,
  skippedBlobs: count.describe('Were there already, or were mounted there.'),
  savedBytes: count.describe('What of the image did not have to be moved.'),
  way: deliveryWay.exactOptional(),
});

const shape = z.strictObject({
  version: z.literal(metadataFormatVersion),
  built: count.describe('Layers that were made.'),
  fresh: count.describe('Layers that were there.'),
  targets: z.array(
    z.strictObject({
      name: z.string(),
      tags: z.array(z.string()),
      digest: digest.describe('Of what a tag points to: the manifest of the only platform, or an index.'),
      mediaType: z.string(),
      images: z.array(
        z.strictObject({
          platform,
          digest: digest.describe('Of the manifest.'),
          config: digest,
          sizeBytes: count.describe('Of all that is pulled for it: manifest, config and layers.'),
          layers: z.array(layer).describe('Base layer first.'),
        }),
      ),
      outputs: z.array(output),
    }),
  ),
});
true satisfies Same<z.infer<typeof shape>, MetadataJson>;

/** What `--metadata-file` holds. */
export const metadataSchema: z.ZodType = shape.meta({ title: 'What pycontainer build --metadata-file writes' });
