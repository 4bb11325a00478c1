import * as z from 'zod';
import { errorKinds, type ErrorCode, type SourceLocation } from '../../errors.ts';
import { type DeliveryWay, type Reason, type WarningCode, warningKinds } from '../../events.ts';
import type { Json, Same } from './same.ts';

/** What the formats for programs have in common. Sizes are in bytes, times in milliseconds. */

export const digest: z.ZodString = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const count: z.ZodNumber = z.int().min(0);
export const durationMs: z.ZodNumber = z.number().min(0);
export const platform: z.ZodString = z.string().regex(/^[a-z0-9]+\/[a-z0-9_-]+(\/[a-z0-9.]+)?$/);
export const state: z.ZodType<'fresh' | 'stale'> = z.enum(['fresh', 'stale']);
export const deliveryWay: z.ZodType<DeliveryWay> = z
  .enum(['pull', 'missing-layers', 'whole'])
  .describe(
    'How it reached an engine that lacked something: fetched by it, or as an archive of these layers or of all.',
  );

export function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): z.ZodType<Key> {
  return z.enum(Object.keys(table) as Key[]);
}

export const errorCode: z.ZodType<ErrorCode> = keysOf(errorKinds);
export const warningCode: z.ZodType<ErrorCode | WarningCode> = keysOf({ ...errorKinds, ...warningKinds });

const locationShape = z.strictObject({
  file: z.string().describe('As the user would type it.'),
  line: z.int().min(1),
  column: z.int().min(1).describe('In UTF-16 code units.'),
  length: z.int().min(1).exactOptional().describe('How many characters are meant; 1 when absent.'),
  text: z.string().exactOptional().describe('The whole line.'),
});
true satisfies Same<z.infer<typeof locationShape>, SourceLocation>;

export const location: z.ZodType<SourceLocation> = locationShape.meta({ id: 'Location' });

const reasonShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('never-built') }),
  z.strictObject({ kind: z.literal('asked') }),
  z.strictObject({ kind: z.literal('file'), change: z.enum(['added', 'changed', 'removed']), path: z.string() }),
  z.strictObject({
    kind: z.literal('package'),
    name: z.string(),
    from: z.string().exactOptional().describe('Absent when the package is new.'),
    to: z.string().exactOptional().describe('Absent when the package is gone.'),
    location: location.exactOptional(),
    sizeBytes: count.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('divided'), joined: z.array(z.string()), left: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('base'), from: digest, to: digest }),
  z.strictObject({ kind: z.literal('setting'), key: z.string(), from: z.string(), to: z.string() }),
  z.strictObject({ kind: z.literal('evicted'), digest }),
  z.strictObject({ kind: z.literal('cache-lost'), cache: z.string().describe('HOST/REPOSITORY.'), digest }),
  z.strictObject({ kind: z.literal('format'), from: z.string(), to: z.string() }),
  z.strictObject({ kind: z.literal('below'), node: z.string() }),
  z.strictObject({ kind: z.literal('not-delivered'), what: z.string() }),
]);
true satisfies Same<z.infer<typeof reasonShape>, Reason>;

export const reason: z.ZodType<Json<Reason>> = reasonShape.meta({ id: 'Reason' });
