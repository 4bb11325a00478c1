import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { PycontainerError } from '../errors.ts';
import type { Mirror, RegistryRule, RegistryRules } from './rules.ts';

export interface PodmanPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Default `/etc/containers`. */
  readonly systemFolder?: string;
}

/**
 * Adds what Podman's `registries.conf` (version 2) and its drop-ins say of mirrors and insecure hosts; a host that
 * `own` names is left as it is there. Files that are missing say nothing.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 * @throws PycontainerError 'manifest-invalid' for a file that is no TOML
 */
export async function withPodmanRules(own: RegistryRules, places: PodmanPlaces): Promise<RegistryRules> {
  const rules = new Map<string, RegistryRule>();
  for (const file of await configFiles(places)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [key, rule] of rulesIn(text, file)) rules.set(key, rule);
  }
  const ownHosts = new Set([...own.keys()].map((key) => key.split('/', 1)[0]));
  const others = [...rules].filter(([key]) => !ownHosts.has(key.split('/', 1)[0]));
  return new Map([...others, ...own]);
}

/** In the order of reading: what comes later wins. */
async function configFiles({ env, home, systemFolder = '/etc/containers' }: PodmanPlaces): Promise<readonly string[]> {
  const named = env['CONTAINERS_REGISTRIES_CONF'];
  if (named !== undefined && named !== '') return [named];
  const userFolder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers');
  const userFiles = await namesIn(userFolder);
  const main = join(userFiles.includes('registries.conf') ? userFolder : systemFolder, 'registries.conf');
  return [main, ...(await dropIns(systemFolder)), ...(await dropIns(userFolder))];
}

async function dropIns(folder: string): Promise<readonly string[]> {
  const inside = join(folder, 'registries.conf.d');
  const names = await namesIn(inside);
  return names
    .filter((name) => name.endsWith('.conf'))
    .toSorted()
    .map((name) => join(inside, name));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

function* rulesIn(text: string, file: string): Generator<[string, RegistryRule]> {
  for (const registry of tables(parseToml(text, file)['registry'])) {
    const { prefix, location } = registry;
    const key = isText(prefix) ? prefix : location;
    if (!isText(key)) continue;
    const mirrors = tables(registry['mirror']);
    yield [
      key,
      {
        ...(registry['insecure'] === true ? { insecure: true } : {}),
        ...(registry['blocked'] === true ? { blocked: true } : {}),
        ...(isText(location) && location !== key ? { location } : {}),
        mirrors: mirrors.flatMap((mirror) => mirrorOf(mirror, registry['mirror-by-digest-only'] === true)),
      },
    ];
    for (const place of [...mirrors, ...(location === key ? [] : [registry])]) {
      const host = isText(place['location']) ? place['location'].split('/', 1)[0] : undefined;
      if (host !== undefined && host !== key && place['insecure'] === true) yield [host, { insecure: true }];
    }
  }
}

function mirrorOf(mirror: Record<string, unknown>, digestOnly: boolean): Mirror[] {
  const { location, 'pull-from-mirror': from } = mirror;
  if (!isText(location)) return [];
  const pull = digestOnly ? 'digest-only' : from;
  return [{ location, ...(pull === 'digest-only' || pull === 'tag-only' ? { pull } : {}) }];
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    throw new PycontainerError('manifest-invalid', `${file} is not valid TOML`, {
      hint: 'It is read for mirrors and insecure hosts, as Podman does.',
      cause: error,
    });
  }
}

function tables(value: unknown): readonly Record<string, unknown>[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((item) => (typeof item === 'object' && item !== null ? [{ ...item }] : []));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
