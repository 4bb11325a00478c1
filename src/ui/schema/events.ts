import * as z from 'zod';
import type { ContainerState, NodeKind } from '../../events.ts';
import { eventFormat, type RawError, type RawEvent } from '../rawjson.ts';
import {
  count,
  deliveryWay,
  digest,
  durationMs,
  errorCode,
  location,
  platform,
  reason,
  state,
  warningCode,
} from './parts.ts';
import type { Same } from './same.ts';

const version = z.literal(eventFormat);
const nodeKind: z.ZodType<NodeKind> = z.enum(['base', 'package', 'venv', 'app', 'image', 'output']);
const containerState: z.ZodType<ContainerState> = z.enum([
  'unchanged',
  'started',
  'synced',
  'restarted',
  'replaced',
  'healthy',
  'unhealthy',
  'exited',
  'stopped',
  'removed',
]);
const node = z.string().describe('The same in all events about one node.');

const plannedImage = z.strictObject({
  target: z.string(),
  platform,
  nodes: z
    .array(
      z.strictObject({
        node,
        kind: nodeKind,
        title: z.string(),
        state,
        packages: count.exactOptional().describe('How many packages are in it; only for package layers.'),
      }),
    )
    .describe('Base first, outputs last. Images share nodes that are the same for them.'),
});

const error: z.ZodType<RawError> = z
  .strictObject({
    code: errorCode,
    message: z.string(),
    hint: z.string().exactOptional().describe('What to do about it.'),
    location: location.exactOptional(),
    get others(): z.ZodExactOptional<z.ZodArray<z.ZodType<RawError>>> {
      return z.array(error).exactOptional();
    },
  })
  .meta({ id: 'Error' });

function event<Type extends string, Shape extends z.core.$ZodLooseShape>(
  type: Type,
  shape: Shape,
): z.ZodObject<{ version: typeof version; type: z.ZodLiteral<Type> } & Shape, z.core.$strict> {
  return z.strictObject({ version, type: z.literal(type), ...shape });
}

const shape = z.discriminatedUnion('type', [
  event('planned', {
    fresh: count,
    stale: count,
    durationMs,
    unchanged: count
      .exactOptional()
      .describe('Nothing had to be worked out: so many files, folders and links are as they were the last time.'),
    images: z.array(plannedImage),
  }),
  event('assumed', { target: z.string().exactOptional(), what: z.string() }),
  event('resolved', { what: z.string(), to: z.string() }),
  event('node-started', { node, kind: nodeKind, title: z.string(), reasons: z.array(reason) }),
  event('node-progress', { node, doneBytes: count, totalBytes: count.exactOptional() }),
  event('node-finished', {
    node,
    kind: nodeKind,
    title: z.string(),
    durationMs,
    sizeBytes: count.exactOptional(),
    key: digest.exactOptional(),
    digest: digest.exactOptional(),
    diffId: digest.exactOptional(),
  }),
  event('layer-found', {
    node,
    kind: nodeKind,
    title: z.string(),
    cache: z.string().describe('The remote cache that has the layer, as HOST/REPOSITORY.'),
    sizeBytes: count,
    key: digest,
    digest,
    diffId: digest,
  }),
  event('layers-kept', {
    cache: z.string().describe('HOST/REPOSITORY.'),
    sentLayers: count,
    sentBytes: count,
    presentLayers: count.describe('Were there already.'),
  }),
  event('node-failed', { node, error }),
  event('download', {
    what: z.string(),
    doneBytes: count,
    totalBytes: count.exactOptional(),
    finished: z.boolean().exactOptional(),
  }),
  event('delivered', {
    target: z.string(),
    output: z.string(),
    digest,
    tags: z.array(z.string()),
    sentBytes: count,
    sentBlobs: count,
    skippedBlobs: count.describe('Were there already, or were mounted there.'),
    savedBytes: count.describe('What of the image did not have to be moved.'),
    way: deliveryWay.exactOptional(),
  }),
  event('store-damage', { digest, what: z.enum(['missing', 'damaged']) }),
  event('warning', {
    code: warningCode,
    message: z.string(),
    hint: z.string().exactOptional(),
    location: location.exactOptional(),
  }),
  event('container', {
    target: z.string(),
    name: z.string(),
    state: containerState,
    exitCode: z.int().exactOptional().describe('Of one that exited.'),
    url: z.string().exactOptional().describe('Of its first published port.'),
    files: count.exactOptional().describe('How many were put in or taken out.'),
    durationMs: durationMs.exactOptional(),
  }),
  event('log', {
    target: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string().describe('One line, without its end.'),
  }),
  event('done', { durationMs, built: count, fresh: count, sentBytes: count, savedBytes: count }),
  event('watching', { targets: z.array(z.string()), files: count }),
  event('changed', {
    what: z.enum(['manifest', 'base', 'dependencies', 'app']),
    paths: z.array(z.string()).min(1).max(10).describe("Relative to the manifest's folder, sorted."),
    more: count.describe('How many more there are.'),
  }),
  event('rebuilt', {
    targets: z.array(z.string()),
    durationMs: durationMs.describe('From the first change to the last image that was delivered.'),
  }),
  event('failed', { error }),
  event('mended', {}),
  event('error', { error }),
]);
true satisfies Same<z.infer<typeof shape>, RawEvent>;

/** One line of `--progress rawjson`. */
export const eventSchema: z.ZodType = shape.meta({ title: 'One line of pycontainer --progress rawjson' });
