import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import type { InstalledFacts } from '../python/install/installed.ts';
import { asWarning, jsonOf, size, told, withoutPlace } from './parts.ts';

/** What was learned of the packages of a layer, by the key under which a store keeps it. */
export type LayerFacts = ReadonlyMap<string, InstalledFacts>;

/** More than the largest packages come to, and little enough to be held in memory. */
export const maxFactsBytes: number = 64 << 20;

/** The config blob of a layer's artifact: with it the venv layer is made without a wheel. Pure. */
export function factsBytes(facts: LayerFacts): Buffer {
  const all = [...facts].map(([key, { warnings, ...rest }]) => [
    key,
    { ...rest, warnings: warnings.map(withoutPlace) },
  ]);
  return Buffer.from(JSON.stringify(all));
}

/** Errors: 'registry-answer' for bytes that {@link factsBytes} did not write. */
export function readFacts(bytes: Uint8Array): LayerFacts {
  const read = schema.safeParse(jsonOf(bytes));
  if (!read.success)
    throw new PycontainerError('registry-answer', 'What is said of the packages of a layer is unreadable');
  return new Map(
    read.data.map(([key, { warnings, ...rest }]) => [key, { ...rest, warnings: warnings.map(asWarning) }]),
  );
}

const schema = z.array(
  z.tuple([
    z.string(),
    z.object({
      name: z.string(),
      version: z.string(),
      requiresDist: z.array(z.string()),
      distInfo: z.string(),
      files: z.array(z.object({ path: z.string(), sizeBytes: size, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
      binaries: z.array(
        z.object({
          path: z.string(),
          machine: z.string().exactOptional(),
          interpreter: z.string().exactOptional(),
          needed: z.array(z.string()),
          soname: z.string().exactOptional(),
        }),
      ),
      warnings: z.array(told),
    }),
  ]),
);
