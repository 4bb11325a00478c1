import type { Base } from '../base/base.ts';
import { formatPlatform } from '../oci/platform.ts';

export interface ConfigChange {
  /** As the image's config names it, one of several further by its own name: `Env.PATH`, `Labels.version`, `Cmd`. */
  readonly key: string;
  /** Text as it is, else JSON; absent on the side that has none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * What two images' configs and annotations say otherwise, in the order of keys. Annotations count where both places keep
 * any: an engine or a docker-archive has none.
 */
export function configChanges(from: Base, to: Base): readonly ConfigChange[] {
  const isAnnotated = from.annotations !== undefined && to.annotations !== undefined;
  const [before, after] = [settingsOf(from, isAnnotated), settingsOf(to, isAnnotated)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    return was === is ? [] : [{ key, from: was, to: is }];
  });
}

function settingsOf({ config, platform, annotations }: Base, isAnnotated: boolean): ReadonlyMap<string, string> {
  const { Env = [], ...others } = config.config ?? {};
  const { created, author } = config;
  return new Map<string, string>([
    ['platform', formatPlatform(platform)],
    ...flat('', { created, author }),
    ...Env.map((line): [string, string] => [`Env.${line.replace(/=.*/s, '')}`, line.replace(/^[^=]*=?/, '')]),
    ...flat('', others),
    ...(isAnnotated ? flat('annotations.', annotations ?? {}) : []),
  ]);
}

/** Maps one level deep become a key for each of their names. */
function flat(prefix: string, values: object): [string, string][] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    if (value === undefined || value === null) return [];
    if (typeof value === 'object' && !Array.isArray(value) && prefix === '') return flat(`${key}.`, value);
    return [[`${prefix}${key}`, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}
