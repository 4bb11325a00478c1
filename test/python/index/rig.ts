import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Event } from '../../../src/events.ts';
import { createHttp, type Http } from '../../../src/http.ts';
import { Finder, type FinderOptions } from '../../../src/python/index/finder.ts';
import { indexSettings, type IndexRequest, type IndexSetup } from '../../../src/python/index/settings.ts';
import type { LockedPackage } from '../../../src/python/lock/package.ts';
import { Store } from '../../../src/store/store.ts';

export interface Rig extends AsyncDisposable {
  /** Empty folder of this rig alone. */
  readonly folder: string;
  readonly store: Store;
  readonly http: Http;
  readonly events: Event[];
  /** Settings from the given ones alone: an empty environment, home and system. */
  settings(request?: Partial<IndexRequest> & { indexes?: string[]; findLinks?: string[] }): Promise<IndexSetup>;
  finder(setup: IndexSetup, options?: Partial<FinderOptions>): Finder;
}

/** A store, a folder and the network, gone at the end of the block. */
export async function indexRig(): Promise<Rig> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pycontainer-index-'));
  const store = await Store.open(path.join(folder, '.store'));
  const http = createHttp({ env: {}, attempts: 1 });
  const events: Event[] = [];
  return {
    folder,
    store,
    http,
    events,
    settings: async ({ indexes = [], findLinks = [], ...request } = {}) =>
      indexSettings({
        env: {},
        home: path.join(folder, 'home'),
        cwd: folder,
        platform: 'linux',
        systemRoot: path.join(folder, 'system'),
        folder,
        root: folder,
        dependencies: {
          indexes: indexes.map((url, index) => ({ url, default: index === indexes.length - 1 })),
          findLinks,
        },
        keyring: { get: async () => undefined },
        ...request,
      }),
    finder: (setup, options = {}) =>
      new Finder({ setup, http, store, emit: (event) => events.push(event), ...options }),
    [Symbol.asyncDispose]: async () => {
      await http.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A package locked on an index, with no files unless they are given. */
export function locked(name: string, version: string, rest: Partial<LockedPackage> = {}): LockedPackage {
  return {
    name,
    version,
    source: { kind: 'index' },
    wheels: [],
    hashes: [],
    location: { file: 'lock', line: 7, column: 1 },
    requested: true,
    requires: [],
    ...rest,
  };
}
