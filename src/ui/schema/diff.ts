import * as z from 'zod';
import { type DiffJson, diffFormatVersion } from '../diff-json.ts';
import { count, digest, platform } from './parts.ts';
import type { Same } from './same.ts';

const side = z.strictObject({
  image: z.string().describe('As the user named it.'),
  platform,
  digest: digest.describe("Of the platform's manifest; of the config where the place keeps no manifest."),
  sizeBytes: count.describe('Of the layers as they are stored.'),
});

const layer = z.strictObject({
  change: z.enum(['added', 'removed', 'moved']).describe('moved: in both, but elsewhere among the others.'),
  title: z.string(),
  diffId: digest,
  sizeBytes: count,
});

const file = z.strictObject({
  path: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink', 'other']),
  what: z.array(z.enum(['type', 'content', 'mode', 'owner', 'target'])).describe('Which properties changed.'),
  fromBytes: count.exactOptional(),
  toBytes: count.exactOptional(),
});

const installed = z.strictObject({
  name: z.string(),
  folder: z.string().describe('The folder that it is imported from.'),
  from: z.string().exactOptional().describe('The version; absent when the package is new.'),
  to: z.string().exactOptional().describe('Absent when the package is gone.'),
});

const setting = z.strictObject({
  key: z.string().describe("As the image's config names it: Cmd, Env.PATH, Labels.version, annotations.NAME."),
  from: z.string().exactOptional().describe('Text as it is, else JSON.'),
  to: z.string().exactOptional(),
});

const shape = z.strictObject({
  version: z.literal(diffFormatVersion),
  equal: z.boolean().describe('Whether the lists are all empty.'),
  from: side,
  to: side,
  layers: z.array(layer),
  files: z.array(file).describe('In the order of paths.'),
  packages: z.array(installed),
  config: z.array(setting),
});
true satisfies Same<z.infer<typeof shape>, DiffJson>;

/** What `diff --format json` prints. */
export const diffSchema: z.ZodType = shape.meta({ title: 'What pycontainer diff --format json prints' });
