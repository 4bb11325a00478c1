import path from 'node:path';
import type { DependencySettings, IndexSettings } from '../../config/target.ts';
import type { LockIndexes } from '../lock/lock.ts';
import { readText } from '../text.ts';
import { indexKey, parseAddress, type Address } from './address.ts';
import { Credentials } from './credentials.ts';
import { commandKeyring, type Keyring } from './keyring.ts';
import { parseNetrc } from './netrc.ts';
import type { IndexOption, IndexOptions, SettingsPlace } from './options.ts';
import { pipOptions } from './pip.ts';
import { uvEnvironmentOptions, uvFileOptions } from './uv.ts';

export const pypiUrl = 'https://pypi.org/simple';

/** A package index that may be asked. */
interface PackageIndex {
  readonly name?: string;
  /** http, https or file; without user info. */
  readonly url: string;
  /** Asked only for packages whose lock names it. */
  readonly explicit: boolean;
}

/** A folder, a page or a file of `find-links`. */
interface FindLinks {
  readonly url: string;
  /** The manifest itself names it, so a wheel that was built by hand may be taken from it. */
  readonly declared: boolean;
}

/** Where packages come from, all settings put together. */
export interface IndexSetup {
  /** In the order they are asked. */
  readonly indexes: readonly PackageIndex[];
  readonly findLinks: readonly FindLinks[];
  readonly credentials: Credentials;
  /** uv's settings forbid the network. */
  readonly offline: boolean;
  /** For `createHttp`: what pip's `cert` and `trusted-host` say about the hosts of the set-up. */
  readonly trust: ReadonlyMap<string, { readonly insecure?: boolean; readonly ca?: string }>;
}

export interface IndexRequest extends SettingsPlace {
  readonly dependencies: Pick<DependencySettings, 'indexes' | 'findLinks'>;
  /** Absolute: where the project is; `[tool.uv]` is looked for from here upwards … */
  readonly folder: string;
  /** … to here. */
  readonly root: string;
  /** What the lock file itself says: `--index-url` and the like of a requirements.txt, sources of a Pipfile.lock. */
  readonly lock?: LockIndexes;
  /** Default: the command line of `keyring`, if there is one. */
  readonly keyring?: Keyring;
}

/**
 * Puts all settings together. Places, nearest first: the manifest; the lock file's own options; `UV_…` variables; the
 * project's `[tool.uv]` or uv.toml; `PIP_…` variables; the user's uv.toml; pip's files; the machine's uv.toml.
 *
 * Indexes of all places are asked, those of nearer places first, and the default index last. The nearest place that
 * names a default index decides it; with none it is pypi.org. This is uv's rule; pip's `extra-index-url` are such
 * indexes and its `index-url` is a default. find-links of all places count. `no-index` in any place leaves only
 * find-links, `explicit` indexes included.
 * @throws PycontainerError 'index-settings'
 */
export async function indexSettings(request: IndexRequest): Promise<IndexSetup> {
  const manifest = manifestOptions(request);
  const uvFiles = await uvFileOptions(request, request.folder, request.root);
  const pip = await pipOptions(request);
  const rest: IndexOptions[] = [
    lockOptions(request),
    uvEnvironmentOptions(request),
    ...uvFiles.project,
    pip.environment,
    ...uvFiles.user,
    pip.files,
    ...uvFiles.machine,
  ];
  const places = [manifest, ...rest];
  const options = places.some((place) => place.noIndex === true) ? [] : orderedIndexes(places);
  const findLinks = uniqueLinks([...linksOf(manifest, true), ...rest.flatMap((place) => linksOf(place, false))]);
  const addresses = places.flatMap(({ indexes = [], defaultIndex, findLinks = [] }) => [
    ...indexes,
    ...(defaultIndex === undefined ? [] : [defaultIndex]),
    ...findLinks,
  ]);
  return {
    indexes: options.map(({ name, url, explicit = false }) => ({
      ...(name === undefined ? {} : { name }),
      url,
      explicit,
    })),
    findLinks,
    credentials: await credentialsOf(request, addresses, places),
    offline: places.some((place) => place.offline === true),
    trust: trustOf(addresses, places),
  };
}

function manifestOptions({ dependencies, folder, home }: IndexRequest): IndexOptions {
  const asOption = ({ name, url, explicit = false }: IndexSettings): IndexOption => ({
    ...(name === undefined ? {} : { name }),
    ...parseAddress(url, folder, home),
    explicit,
  });
  const last = dependencies.indexes.find((index) => index.default === true);
  return {
    indexes: dependencies.indexes.filter((index) => index !== last).map(asOption),
    defaultIndex: last === undefined ? undefined : asOption(last),
    findLinks: dependencies.findLinks.map((text) => parseAddress(text, folder, home)),
  };
}

function lockOptions({ lock, folder, home }: IndexRequest): IndexOptions {
  if (lock === undefined) return {};
  const addresses = (texts: readonly string[]) => texts.map((text) => parseAddress(text, folder, home));
  return {
    indexes: addresses(lock.extraIndexUrls),
    defaultIndex: lock.indexUrl === undefined ? undefined : parseAddress(lock.indexUrl, folder, home),
    findLinks: addresses(lock.findLinks),
    noIndex: lock.noIndex,
  };
}

function orderedIndexes(places: readonly IndexOptions[]): IndexOption[] {
  const last = places.find((place) => place.defaultIndex !== undefined)?.defaultIndex ?? { url: pypiUrl };
  const seen = new Set<string>();
  return [...places.flatMap((place) => place.indexes ?? []), last].filter(({ url }) => {
    const key = indexKey(url);
    return seen.has(key) ? false : seen.add(key);
  });
}

function linksOf(place: IndexOptions, declared: boolean): FindLinks[] {
  return (place.findLinks ?? []).map(({ url }) => ({ url, declared }));
}

function uniqueLinks(links: readonly FindLinks[]): FindLinks[] {
  const byUrl = new Map<string, FindLinks>();
  for (const link of links) if (!byUrl.has(link.url)) byUrl.set(link.url, link);
  return [...byUrl.values()];
}

async function credentialsOf(
  request: IndexRequest,
  addresses: readonly (Address & { readonly name?: string })[],
  places: readonly IndexOptions[],
): Promise<Credentials> {
  const { env, home } = request;
  const file = env['NETRC'] || path.join(home, '.netrc');
  const netrc = parseNetrc((await readText(file, file, 'index-settings').catch(() => undefined)) ?? '');
  const mayAsk = !places.some((place) => place.keyring === false);
  const credentials = new Credentials({
    netrc,
    ...(mayAsk ? { keyring: request.keyring ?? commandKeyring(env) } : {}),
  });
  for (const address of addresses) credentials.addIndex({ ...address, ...environmentLogin(address.name, env) });
  return credentials;
}

/** `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD`, which win over user info in the URL. */
function environmentLogin(name: string | undefined, env: SettingsPlace['env']): Pick<Address, 'login'> {
  if (name === undefined) return {};
  const prefix = `UV_INDEX_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  const user = env[`${prefix}_USERNAME`];
  const password = env[`${prefix}_PASSWORD`];
  if (user === undefined && password === undefined) return {};
  return { login: { user: user ?? '', ...(password === undefined ? {} : { password }) } };
}

function trustOf(addresses: readonly Address[], places: readonly IndexOptions[]): IndexSetup['trust'] {
  const ca = places.find((place) => place.caFile !== undefined)?.caFile;
  const trust = new Map<string, { insecure?: boolean; ca?: string }>();
  for (const url of [...addresses.map((address) => address.url), pypiUrl, 'https://files.pythonhosted.org']) {
    const { host } = new URL(url);
    if (host !== '' && ca !== undefined) trust.set(host, { ca });
  }
  for (const host of places.flatMap((place) => place.trustedHosts ?? [])) {
    trust.set(host, { ...trust.get(host), insecure: true });
  }
  return trust;
}
