import { dockerHub } from '../oci/reference.ts';
import type { HostTrust } from '../http.ts';
import type { RegistrySettings } from '../config/target.ts';

/** A mirror as it stands in settings: `host[:port][/path]`. */
export interface Mirror {
  readonly location: string;
  /** What may be read from it; default all. */
  readonly pull?: 'digest-only' | 'tag-only';
}

/**
 * What holds for a registry, or for a namespace in it. `registries` of the manifest is a map of such rules; Podman's
 * registries.conf can say more.
 */
export interface RegistryRule extends Omit<RegistrySettings, 'mirrors'> {
  readonly mirrors?: readonly (string | Mirror)[];
  /** Stands in the place of the key when images are read. */
  readonly location?: string;
  /** Nothing may be read from here. */
  readonly blocked?: boolean;
}

/** By `host[:port]`, `host[:port]/namespace`, or `*.domain`. */
export type RegistryRules = ReadonlyMap<string, RegistryRule>;

export interface Repository {
  /** As a user means it: `docker.io`, `localhost:5000`. */
  readonly host: string;
  readonly repository: string;
}

/** The places to read a repository from, in order: mirrors, then the registry itself. Empty when reading is blocked. */
export function readingPlaces(
  rules: RegistryRules,
  repository: Repository,
  by: 'digest' | 'tag',
): readonly Repository[] {
  const name = `${repository.host}/${repository.repository}`;
  const key = ruleKey(rules, name);
  const rule = key === undefined ? undefined : rules.get(key);
  if (key === undefined || rule === undefined) return [repository];
  if (rule.blocked === true) return [];
  const prefix = key.startsWith('*.') ? repository.host : key;
  const rest = name.slice(prefix.length);
  const mirrors = (rule.mirrors ?? []).map((mirror) => (typeof mirror === 'string' ? { location: mirror } : mirror));
  const fitting = mirrors.filter(({ pull }: Mirror) => pull === undefined || pull === `${by}-only`);
  const places = fitting.map(({ location }) => splitLocation(`${location}${rest}`));
  return [...places, rule.location === undefined ? repository : splitLocation(`${rule.location}${rest}`)];
}

/** Whether this host may be spoken to over plain HTTP, because settings say so. */
export function isInsecure(rules: RegistryRules, host: string): boolean {
  const key = rules.has(host) ? host : ruleKey(rules, host);
  return key !== undefined && rules.get(key)?.insecure === true;
}

/**
 * What `createHttp` is to trust of hosts, so that it and the client go by the same rules. What is said of Docker Hub
 * holds for the host of its API.
 */
export function trustOf(rules: RegistryRules): ReadonlyMap<string, HostTrust> {
  return new Map(
    [...rules].map(([key, { insecure, ca }]) => [
      apiHost(key),
      { ...(insecure === undefined ? {} : { insecure }), ...(ca === undefined ? {} : { ca }) },
    ]),
  );
}

/** The host that answers for a registry: Docker Hub's API has a name of its own. */
export function apiHost(host: string): string {
  return host === dockerHub ? 'registry-1.docker.io' : host;
}

/** The longest key that the name begins with, at a border between its parts. */
function ruleKey(rules: RegistryRules, name: string): string | undefined {
  const matching = [...rules.keys()].filter((key) => {
    if (key.startsWith('*.')) return (name.split('/', 1)[0] ?? '').endsWith(key.slice(1));
    return name === key || name.startsWith(`${key}/`);
  });
  return matching.toSorted((a, b) => b.length - a.length)[0];
}

function splitLocation(location: string): Repository {
  const bare = location.replace(/^https?:\/\//, '').replaceAll(/\/{2,}/g, '/');
  const slash = bare.indexOf('/');
  return { host: bare.slice(0, slash), repository: bare.slice(slash + 1) };
}
