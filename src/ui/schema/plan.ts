import * as z from 'zod';
import { type PlanJson, planFormatVersion } from '../plan-json.ts';
import { count, digest, platform, reason, state } from './parts.ts';
import type { Same } from './same.ts';

const judged = { state, reasons: z.array(reason).describe('Why it is stale; empty when fresh.') };

const layer = z.strictObject({
  id: z.string(),
  kind: z.enum(['package', 'venv', 'app']),
  title: z.string(),
  key: digest.describe('sha256 of everything that the layer is made from; decides stale or fresh.'),
  ...judged,
  sizeBytes: count.describe("The blob's."),
  estimated: z.boolean().describe('Whether the size is an estimate, since the layer is not made yet.'),
  digest: digest.exactOptional().describe('Of the blob; absent when stale.'),
  diffId: digest.exactOptional().describe('Of the uncompressed tar; absent when stale.'),
  usedBy: z.array(z.string()).describe('TARGET PLATFORM of each image that it stands in.'),
  cache: z
    .string()
    .exactOptional()
    .describe('The remote cache that has it, as HOST/REPOSITORY; absent when it is in the store, or stale.'),
});

const base = z.strictObject({
  text: z.string().describe('As the user wrote it.'),
  target: z
    .string()
    .exactOptional()
    .describe('The target whose image it is; digest, python and libc are of what that one stands on in the end.'),
  digest,
  ...judged,
  python: z.string().exactOptional().describe('Full version of its Python.'),
  libc: z.strictObject({ kind: z.enum(['glibc', 'musl']), version: z.string() }).exactOptional(),
});

const installed = z.strictObject({
  name: z.string(),
  version: z.string(),
  file: z.string().describe("The wheel's name."),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: count,
  location: z.string().describe('FILE:LINE of the lock.'),
});

const image = z.strictObject({
  platform,
  base,
  lock: z.string().exactOptional().describe('The lock that packages were read from.'),
  packages: z.array(installed).exactOptional().describe('Absent where the base has no Python.'),
  start: z.strictObject({
    entrypoint: z.array(z.string()).exactOptional(),
    cmd: z.array(z.string()).exactOptional(),
    inferred: z.boolean(),
  }),
  size: z.strictObject({
    bytes: count.describe("Of base and layers, compressed. The app's files count once they are packed."),
    estimated: z.boolean().describe('Whether some layers are not made yet: these count as their wheels do.'),
    beforeBytes: count.exactOptional().describe('Of the last build; absent when there was none here.'),
    exceeds: z
      .array(z.strictObject({ limit: z.enum(['size', 'growth']), limitBytes: count, because: z.string() }))
      .describe('Limits of the target that the image does not keep: it will not be built.'),
  }),
  layers: z.array(digest).describe('Keys of layers, in their order on the base; those of a base target first.'),
});

const output = z.strictObject({
  name: z.string(),
  remote: z.boolean(),
  ...judged,
  asked: z.boolean().describe('false: what is there is not known, and is asked at delivery.'),
});

const target = z.strictObject({
  name: z.string(),
  tags: z.array(z.string()),
  assumed: z.array(z.string()).describe('What was inferred, as sentences.'),
  digest: digest.exactOptional().describe('Of what a tag is to point to; absent while a layer is stale.'),
  platforms: z.array(image),
  outputs: z.array(output),
});

const shape = z.strictObject({
  version: z.literal(planFormatVersion),
  layers: z.array(layer).describe('Every layer once; what another needs comes before it.'),
  targets: z.array(target),
  bases: z.array(target).describe('Images that only others stand on or copy from: made, and delivered nowhere.'),
});
true satisfies Same<z.infer<typeof shape>, PlanJson>;

/** What `plan --format json` prints. */
export const planSchema: z.ZodType = shape.meta({ title: 'What pycontainer plan --format json prints' });
