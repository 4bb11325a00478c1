import path from 'node:path';
import { environmentLookup, fillVariables } from './fill.ts';
import { registriesSchema } from './schema/manifest.ts';
import { validate } from './validate.ts';
import type { PycontainerError } from '../errors.ts';
import type { SourceNode } from './node.ts';
import type { RegistrySettings } from './target.ts';

/** The hosts of a `registries` section; certificate files relative to `root`. Mistakes go to `errors`. */
export function readRegistries(
  node: SourceNode,
  env: Readonly<Record<string, string | undefined>>,
  root: string,
  errors: PycontainerError[],
): Map<string, RegistrySettings> {
  const filled = fillVariables(node, environmentLookup(env), errors);
  const settings = validate(registriesSchema, filled, "'registries'", errors) ?? {};
  return new Map(
    Object.entries(settings).map(([host, { ca, ...rest }]) => [
      host,
      { ...rest, ...(ca === undefined ? {} : { ca: path.resolve(root, ca) }) },
    ]),
  );
}
