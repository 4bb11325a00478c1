import pLimit, { type LimitFunction } from 'p-limit';
import { PycontainerError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { Http } from '../../http.ts';
import type { Store } from '../../store/store.ts';
import { parseSdistFilename, parseWheelFilename } from '../filename.ts';
import { canonicalVersion, readVersion, type Version } from '../version.ts';
import type { Access } from './access.ts';
import { indexKey, projectUrl } from './address.ts';
import type { IndexFile } from './file.ts';
import { readLinks } from './links.ts';
import { readPage } from './page.ts';
import { pypiUrl, type IndexSetup } from './settings.ts';

export interface FinderOptions {
  readonly setup: IndexSetup;
  readonly http: Http;
  readonly store: Store;
  readonly emit: Emit;
  /** Nothing is asked over the network; what was kept and what is on disk counts. Also so when the set-up says it. */
  readonly offline?: boolean;
  /** What indexes answered before does not count. */
  readonly refresh?: boolean;
  readonly signal?: AbortSignal;
  /** Bounds how many pages and files are on their way at once. Default: 16. */
  readonly limit?: LimitFunction;
}

/** Where files can be looked for: an index, or a find-links place. */
export type Place =
  | { readonly kind: 'index'; readonly url: string }
  | { readonly kind: 'links'; readonly url: string; readonly declared: boolean };

export interface Answer {
  /** The place has the package, be it in other versions. */
  readonly known: boolean;
  /** The files of the version, in the place's order. */
  readonly files: readonly IndexFile[];
  /** From an earlier run. */
  readonly kept: boolean;
}

/** Files by the normalized name of their package, in the page's order, with their canonical version. */
type Page = ReadonlyMap<string, readonly { readonly file: IndexFile; readonly version: string }[]>;

/** Asks indexes and find-links places, each page once, and keeps in the store what hosts answered. */
export class Finder {
  readonly setup: IndexSetup;
  readonly store: Store;
  readonly emit: Emit;
  readonly access: Access;
  readonly refresh: boolean;
  /** What goes over the network waits here for its turn. */
  readonly limit: LimitFunction;
  readonly #failed = new Set<string>();
  readonly #pages = new Map<string, Promise<Page>>();

  constructor({ setup, http, store, emit, offline = false, refresh = false, signal, limit }: FinderOptions) {
    this.setup = setup;
    this.store = store;
    this.emit = emit;
    this.refresh = refresh;
    this.limit = limit ?? pLimit(16);
    this.access = { http, credentials: setup.credentials, offline: offline || setup.offline, signal };
  }

  /** find-links places, in the order of the settings; they come before the indexes. */
  links(): Place[] {
    return this.setup.findLinks.map(({ url, declared }) => ({ kind: 'links', url, declared }));
  }

  /**
   * The indexes that may have a package, in the order to ask them. For one that the lock gives to pypi.org, or to no
   * index, those are all but the explicit ones. For one that belongs to another index: that index, whether the
   * settings have it or not, then the others, but never pypi.org: names of private packages are not told to it.
   */
  indexes(lockIndex: string | undefined): Place[] {
    const open = this.setup.indexes.filter(({ explicit }) => !explicit).map(({ url }) => url);
    const own = lockIndex === undefined || isPypi(lockIndex) ? undefined : lockIndex;
    if (own === undefined) return open.map(asPlace);
    const known = this.setup.indexes.find(({ url }) => indexKey(url) === indexKey(own));
    if (known?.explicit === true) return [asPlace(known.url)];
    const others = open.filter((url) => !isPypi(url) && indexKey(url) !== indexKey(own));
    return [known?.url ?? this.setup.credentials.addFile(own), ...others].map(asPlace);
  }

  /** Whether settings put other indexes in the place of pypi.org, and a URL is on its file host. */
  isReplaced(url: string): boolean {
    const asked = this.setup.indexes.some((index) => !index.explicit && isPypi(index.url));
    return !asked && new URL(url).host === 'files.pythonhosted.org';
  }

  /** Notes that a host did not give what was asked for, so that other places are tried before it. */
  noteFailure(url: string): void {
    this.#failed.add(new URL(url).origin);
  }

  hasFailed(url: string): boolean {
    return this.#failed.has(new URL(url).origin);
  }

  /**
   * The files of one version in one place. Answers of hosts are kept in the store, so that planning again needs no
   * network; `fresh` asks anew.
   * @throws PycontainerError 'index-unreachable', 'offline', 'interrupted'
   */
  async find(place: Place, name: string, version: string, fresh: boolean): Promise<Answer> {
    const isRemote = !place.url.startsWith('file:');
    const wanted = canonical(version);
    const key = JSON.stringify([place.kind, place.url, name, wanted]);
    const kept = isRemote && !fresh ? await this.store.getResult<Omit<Answer, 'kept'>>('index-file', key) : undefined;
    if (kept !== undefined) return { ...kept, kept: true };
    const files = (await this.#page(place, name)).get(name) ?? [];
    const answer = {
      known: files.length > 0,
      files: files.filter((found) => found.version === wanted).map(({ file }) => file),
    };
    if (isRemote) await this.store.putResult('index-file', key, answer);
    return { ...answer, kept: false };
  }

  async #page(place: Place, name: string): Promise<Page> {
    const url = place.kind === 'index' ? projectUrl(place.url, name) : place.url;
    const page = this.#pages.get(url) ?? this.limit(async () => this.#read(place, url));
    this.#pages.set(url, page);
    try {
      return await page;
    } catch (error) {
      this.#pages.delete(url);
      throw error;
    }
  }

  async #read(place: Place, url: string): Promise<Page> {
    if (place.kind === 'index') return pageOf((await readPage(url, this.access)) ?? []);
    const files = await readLinks(url, this.access);
    if (files === undefined) this.#missing(url, place.declared);
    return pageOf(files ?? []);
  }

  #missing(url: string, declared: boolean): void {
    const message = `${url}, a place of find-links, is not there`;
    if (declared) {
      throw new PycontainerError('index-unreachable', message, {
        hint: 'It is named by `find-links` under `dependencies` in the manifest.',
      });
    }
    this.emit({ type: 'warning', code: 'index-unreachable', message });
  }
}

/** The name (normalized) and version of a package's file; undefined for other files. */
export function identify(filename: string): { readonly name: string; readonly version: Version } | undefined {
  try {
    return filename.endsWith('.whl') ? parseWheelFilename(filename) : parseSdistFilename(filename);
  } catch (error) {
    if (error instanceof PycontainerError) return undefined;
    throw error;
  }
}

/** Names are read once, however many packages are looked for on the page. */
function pageOf(files: readonly IndexFile[]): Page {
  const identified = files.flatMap((file) => {
    const identity = identify(file.filename);
    return identity === undefined ? [] : [{ file, name: identity.name, version: canonical(identity.version) }];
  });
  return Map.groupBy(identified, ({ name }) => name);
}

function isPypi(index: string): boolean {
  return indexKey(index) === pypiUrl;
}

function asPlace(url: string): Place {
  return { kind: 'index', url };
}

/** Equal for equal versions; a text that is no version is equal to itself alone. */
function canonical(version: string | Version): string {
  if (typeof version !== 'string') return canonicalVersion(version);
  const read = readVersion(version);
  return read === undefined ? version : canonicalVersion(read);
}
