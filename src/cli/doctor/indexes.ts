import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DependencySettings } from '../../config/target.ts';
import { createHttp } from '../../http.ts';
import { parseAddress } from '../../python/index/address.ts';
import type { IndexOptions, SettingsPlace } from '../../python/index/options.ts';
import { pipOptions } from '../../python/index/pip.ts';
import { indexSettings, type IndexSetup } from '../../python/index/settings.ts';
import { uvEnvironmentOptions, uvFileOptions } from '../../python/index/uv.ts';
import type { Notebook } from './finding.ts';

export interface IndexPlaces extends SettingsPlace {
  readonly dependencies: Pick<DependencySettings, 'indexes' | 'findLinks'>;
  /** Where the project is, and how far up its settings are looked for. */
  readonly folder: string;
  readonly root: string;
  /** Ask them over the network. */
  readonly isRemote: boolean;
}

/** Which package indexes are asked, in their order, who says so, and with `isRemote` whether they answer. */
export async function lookAtIndexes(notes: Notebook, places: IndexPlaces): Promise<void> {
  try {
    const setup = await indexSettings(places);
    const namers = await namersOf(places);
    if (setup.offline) notes.note('uv is set to work offline');
    if (setup.indexes.length === 0) notes.note('No package index is asked: `no-index` is set');
    for (const { url, explicit } of setup.indexes) {
      const by = namers.get(url) ?? 'as by default';
      const only = explicit ? ', only for packages that name it' : '';
      await lookAtIndex(notes, setup, url, `${by}${only}`, places);
    }
    for (const { url } of setup.findLinks)
      lookAtPlace(notes, url, `${namers.get(url) ?? 'from the manifest'}, as find-links`);
  } catch (error) {
    notes.failed(error);
  }
}

async function lookAtIndex(
  notes: Notebook,
  { credentials, trust }: IndexSetup,
  url: string,
  by: string,
  { env, isRemote }: IndexPlaces,
): Promise<void> {
  const authorization = await credentials.header(url);
  const how = `${by}${authorization === undefined ? '' : ', with a login'}`;
  if (!isRemote || url.startsWith('file:')) return lookAtPlace(notes, url, how);
  const http = createHttp({ env, hosts: trust, attempts: 2 });
  try {
    const headers = { accept: 'text/html, application/vnd.pypi.simple.v1+json' };
    const login = authorization === undefined ? {} : { authorization };
    const response = await http.request(`${url.replace(/\/$/, '')}/pip/`, { headers: { ...headers, ...login } });
    response.body.destroy();
    const { status } = response;
    const hint = 'Give its login in its URL, in UV_INDEX_NAME_USERNAME and _PASSWORD, in ~/.netrc or in a keyring.';
    if (status === 401 || status === 403)
      notes.broken(`${url} (${how}) answers ${status}: it wants another login`, hint);
    else if (status >= 500)
      notes.broken(`${url} (${how}) answers ${status}`, 'The fault is on its side. Try again later.');
    else notes.ok(`${url} (${how}) answers`);
  } catch (error) {
    notes.failed(error);
  } finally {
    await http.close();
  }
}

function lookAtPlace(notes: Notebook, url: string, by: string): void {
  const isThere = !url.startsWith('file:') || existsSync(fileURLToPath(url));
  if (isThere) notes.ok(`${url} (${by})`);
  else notes.broken(`${url} is not there (${by})`, 'Correct the path where it is named.');
}

/** Who named each address, the nearest place. */
async function namersOf(places: IndexPlaces): Promise<ReadonlyMap<string, string>> {
  const { dependencies, folder, root, home } = places;
  const uv = await uvFileOptions(places, folder, root);
  const pip = await pipOptions(places);
  const manifest: IndexOptions = {
    indexes: dependencies.indexes.map(({ url }) => parseAddress(url, folder, home)),
    findLinks: dependencies.findLinks.map((text) => parseAddress(text, folder, home)),
  };
  const named: readonly (readonly [string, IndexOptions])[] = [
    ['from the manifest', manifest],
    ['from variables of uv (UV_…)', uvEnvironmentOptions(places)],
    ...uv.project.map((options) => ["from the project's settings of uv", options] as const),
    ['from variables of pip (PIP_…)', pip.environment],
    ...uv.user.map((options) => ["from the user's uv.toml", options] as const),
    ["from pip's files (pip.conf)", pip.files],
    ...uv.machine.map((options) => ["from the machine's uv.toml", options] as const),
  ];
  const namers = new Map<string, string>();
  for (const [by, { indexes = [], defaultIndex, findLinks = [] }] of named.toReversed()) {
    for (const { url } of [...indexes, ...(defaultIndex === undefined ? [] : [defaultIndex]), ...findLinks])
      namers.set(url, by);
  }
  return namers;
}
