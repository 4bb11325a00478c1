import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHttp } from '../../../src/http.ts';
import { markerEnvironment } from '../../../src/python/environment.ts';
import { Finder } from '../../../src/python/index/finder.ts';
import { indexSettings } from '../../../src/python/index/settings.ts';
import { noIndexes } from '../../../src/python/lock/lock.ts';
import { parseRequirement } from '../../../src/python/requirement.ts';
import type { ResolveImage, ResolveRequest } from '../../../src/python/resolve/request.ts';
import type { Wanted, WantedRequirement } from '../../../src/python/resolve/wanted.ts';
import { supportedTags } from '../../../src/python/tags.ts';
import { Store } from '../../../src/store/store.ts';
import { Tools } from '../../support/tools.ts';
import { type MadeWheel, makeWheel, type WheelSpec, writeWheel } from '../../support/wheel.ts';

/** A folder with wheels, a project beside it, and the only tools that there are. */
export class ResolveRig implements AsyncDisposable {
  readonly root: string = mkdtempSync(path.join(realpathSync(tmpdir()), 'pycontainer-resolve-'));
  readonly tools: Tools = new Tools(path.join(this.root, 'bin'));
  readonly wheels: string = new Tools(path.join(this.root, 'wheels')).folder;
  readonly project: string = new Tools(path.join(this.root, 'project')).folder;
  readonly #http = createHttp();

  async addWheel(spec: WheelSpec): Promise<MadeWheel> {
    await writeWheel(this.wheels, spec);
    return makeWheel(spec);
  }

  async request(requirements: readonly string[], change: Partial<ResolveRequest> = {}): Promise<ResolveRequest> {
    const env = {
      PATH: this.tools.folder,
      PIP_FIND_LINKS: this.wheels,
      PIP_NO_INDEX: '1',
      PIP_CONFIG_FILE: '/dev/null',
    };
    const setup = await indexSettings({
      dependencies: { indexes: [], findLinks: [] },
      folder: this.project,
      root: this.project,
      env,
      home: this.root,
      cwd: this.project,
    });
    const store = await Store.open(path.join(this.root, 'store'));
    return {
      wanted: wanted(requirements, path.join(this.project, 'requirements.in')),
      images: [image('3.12.7', 'x86_64')],
      indexes: noIndexes,
      folder: this.project,
      cwd: this.project,
      env,
      finder: new Finder({ setup, http: this.#http, store, emit: () => undefined }),
      ...change,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function wanted(requirements: readonly string[], file: string, change: Partial<Wanted> = {}): Wanted {
  return {
    file,
    shown: path.basename(file),
    requirements: requirements.map(wantedRequirement),
    constraints: [],
    folders: [],
    indexes: noIndexes,
    preReleases: false,
    ...change,
  };
}

export function wantedRequirement(text: string): WantedRequirement {
  return { requirement: parseRequirement(text), location: { file: 'requirements.in', line: 1, column: 1 } };
}

export function image(version: string, machine: string): ResolveImage {
  const [major = 3, minor = 0] = version.split('.').map(Number);
  const libc = { kind: 'glibc', version: '2.36' } as const;
  return {
    platform: machine === 'x86_64' ? 'linux/amd64' : 'linux/arm64',
    environment: markerEnvironment({ interpreter: { version, implementation: 'cpython' }, machine }),
    tags: supportedTags({ implementation: 'cpython', version: [major, minor], freeThreaded: false, libc, machine }),
  };
}
