import * as z from 'zod';
import { type InspectJson, inspectFormatVersion } from '../inspect-json.ts';
import { count, digest, platform } from './parts.ts';
import type { Same } from './same.ts';

const strings = z.record(z.string(), z.string());
const nothing = z.record(z.string(), z.never());

const layer = z.strictObject({
  kind: z.enum(['package', 'venv', 'app', 'other']).describe('other: not made by pycontainer.'),
  title: z.string().describe("What it was made of, or by, as the image's history says."),
  digest,
  diffId: digest.describe('Of the uncompressed tar.'),
  mediaType: z.string(),
  sizeBytes: count.describe('As it is stored.'),
  uncompressedSizeBytes: count.describe("The tar's."),
  files: count,
  removed: count.describe('How many files and folders of lower layers it hides.'),
  packages: z.array(z.string()).describe('NAME VERSION of the Python packages whose metadata is in it.'),
});

const installed = z.strictObject({
  name: z.string().describe('Normalized.'),
  version: z.string(),
  folder: z.string().describe('The folder that it is imported from.'),
  sizeBytes: count.exactOptional().describe('Of its files; absent where no RECORD tells which they are.'),
});

const healthcheck = z.strictObject({
  Test: z.array(z.string()).exactOptional(),
  Interval: z.number().exactOptional(),
  Timeout: z.number().exactOptional(),
  StartPeriod: z.number().exactOptional(),
  StartInterval: z.number().exactOptional(),
  Retries: z.number().exactOptional(),
});

const config = z.strictObject({
  User: z.string().exactOptional(),
  ExposedPorts: z.record(z.string(), nothing).exactOptional(),
  Env: z.array(z.string()).exactOptional(),
  Entrypoint: z.array(z.string()).nullable().exactOptional(),
  Cmd: z.array(z.string()).nullable().exactOptional(),
  Volumes: z.record(z.string(), nothing).nullable().exactOptional(),
  WorkingDir: z.string().exactOptional(),
  Labels: strings.nullable().exactOptional(),
  StopSignal: z.string().exactOptional(),
  Healthcheck: healthcheck.exactOptional(),
  Shell: z.array(z.string()).exactOptional(),
});

const shape = z.strictObject({
  version: z.literal(inspectFormatVersion),
  image: z.string().describe('As the user named it.'),
  platform,
  digest: digest.describe("Of the platform's manifest; of the config where the place keeps no manifest."),
  platforms: z.array(platform).describe('All platforms under this name.'),
  sizeBytes: count.describe('Of the layers as they are stored.'),
  uncompressedSizeBytes: count.describe('Of the layers unpacked.'),
  created: z.string().exactOptional(),
  base: z
    .strictObject({ name: z.string().exactOptional(), digest: z.string().exactOptional() })
    .exactOptional()
    .describe('The image that it says it stands on.'),
  layers: z.array(layer).describe('Base layer first.'),
  packages: z.array(installed).describe('The largest first.'),
  config: config.describe("The container's defaults, as the OCI image specification has them."),
  annotations: strings,
});
true satisfies Same<z.infer<typeof shape>, InspectJson>;

/** What `inspect --format json` prints. */
export const inspectSchema: z.ZodType = shape.meta({ title: 'What pycontainer inspect --format json prints' });
