import { createHash } from 'node:crypto';
import { release } from 'node:os';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { Engine, EngineRequest, EngineResponse } from '../../src/engine/engine.ts';
import { PycontainerError } from '../../src/errors.ts';

export interface MemoryEngineOptions {
  /** As in EngineTraits. */
  readonly store: 'chains' | 'blobs' | 'containers';
  /** Lives in a virtual machine: another kernel. */
  readonly isVirtual?: boolean;
  /** Finds this image, without layers, whatever it is told to fetch. */
  readonly isFooled?: { readonly id: string };
  /** Cannot connect to our loopback interface, though nothing says so. */
  readonly isDeaf?: boolean;
  readonly platform?: Engine['platform'];
}

interface HeldImage {
  readonly layers: readonly string[];
  readonly names: Set<string>;
}

/** An engine that keeps images in memory, as far as deliveries ask for it, and notes what it was sent. */
export interface MemoryEngine extends Engine {
  readonly images: Map<string, HeldImage>;
  /** `METHOD /path`, each with its query. */
  readonly asked: string[];
  /** Names of files of archives, and of blobs, in the order in which they came. */
  readonly received: string[];
  /** Ids that a container uses. */
  readonly used: Set<string>;
}

interface Document {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

type Files = ReadonlyMap<string, Buffer>;

export function memoryEngine(options: MemoryEngineOptions): MemoryEngine {
  const { store, isVirtual = false, isDeaf = false, isFooled } = options;
  const images = new Map<string, HeldImage>();
  const blobs = new Map<string, Buffer>();
  const asked: string[] = [];
  const received: string[] = [];
  const used = new Set<string>();

  const find = (nameOrId: string): [string, HeldImage] | undefined =>
    [...images].find(([id, { names }]) => id === nameOrId || names.has(full(nameOrId)));
  const give = (id: string, layers: readonly string[], names: readonly string[]): void => {
    const image = images.get(id) ?? { layers, names: new Set() };
    images.set(id, image);
    for (const name of names) {
      for (const other of images.values()) other.names.delete(full(name));
      image.names.add(full(name));
    }
  };
  const isKnown = (chain: readonly string[]): boolean =>
    store === 'chains' &&
    [...images.values()].some(({ layers }) => chain.every((diffId, index) => layers[index] === diffId));

  const loadDocker = (files: Files): string | undefined => {
    const [saved] = JSON.parse(text(files, 'manifest.json')) as {
      Config: string;
      RepoTags: string[];
      Layers: string[];
    }[];
    if (saved === undefined) return 'no manifest.json';
    const { rootfs } = JSON.parse(text(files, saved.Config)) as { rootfs: { diff_ids: string[] } };
    for (const [index, name] of saved.Layers.entries()) {
      if (!files.has(name) && !isKnown(rootfs.diff_ids.slice(0, index + 1))) return `${name}: no such file`;
    }
    give(sha256(files.get(saved.Config)), rootfs.diff_ids, saved.RepoTags);
    return undefined;
  };

  const loadLayout = (files: Files): string | undefined => {
    const { manifests } = JSON.parse(text(files, 'index.json')) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    for (const { digest, annotations } of manifests) {
      const { config, layers } = JSON.parse(text(files, blobFile(digest))) as Document;
      const missing = layers.find((layer) => !files.has(blobFile(layer.digest)));
      if (missing !== undefined) return `content digest ${missing.digest}: not found`;
      const { rootfs } = JSON.parse(text(files, blobFile(config.digest))) as { rootfs: { diff_ids: string[] } };
      give(digest, rootfs.diff_ids, [annotations['io.containerd.image.name'] ?? '']);
    }
    return undefined;
  };

  const load = async (body: Readable): Promise<EngineResponse> => {
    const files = await untar(body);
    received.push(...files.keys());
    const isLayout = files.has('index.json');
    if (isLayout && store === 'chains') return answer({ error: 'open blobs/json: no such file or directory' });
    const error = isLayout ? loadLayout(files) : loadDocker(files);
    return answer(error === undefined ? { stream: 'Loaded image' } : { error });
  };

  const pull = async (name: string): Promise<EngineResponse> => {
    if (isDeaf) return new Promise(() => undefined);
    if (isFooled !== undefined) {
      give(isFooled.id, [], [name]);
      return answer({ status: 'Downloaded' });
    }
    const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(name) ?? [];
    const base = `http://${host}/v2/${repository}`;
    const manifest = Buffer.from(await (await fetch(`${base}/manifests/${tag}`)).arrayBuffer());
    const { config, layers } = JSON.parse(manifest.toString()) as Document;
    for (const { digest } of [config, ...layers]) {
      if (blobs.has(digest)) continue;
      const response = await fetch(`${base}/blobs/${digest}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      if (!response.ok || sha256(bytes) !== digest) return answer({ error: `filesystem layer ${digest} failed` });
      blobs.set(digest, bytes);
      received.push(digest);
    }
    const { rootfs } = JSON.parse(blobs.get(config.digest)?.toString() ?? '') as { rootfs: { diff_ids: string[] } };
    give(store === 'blobs' ? sha256(manifest) : config.digest, rootfs.diff_ids, [name]);
    return answer({ status: 'Downloaded' });
  };

  const remove = (nameOrId: string): EngineResponse => {
    const [id, image] = find(nameOrId) ?? [];
    if (id === undefined || image === undefined) return answer({}, 404);
    if (id === nameOrId && used.has(id)) return answer({ message: 'image is being used' }, 409);
    image.names.delete(full(nameOrId));
    if (image.names.size === 0) images.delete(id);
    return answer([]);
  };

  const respond = async (method: string, path: string, request: EngineRequest): Promise<EngineResponse> => {
    const { query = {}, body } = request;
    const [, name = ''] = /^\/images\/(.+?)(?:\/json|\/tag)?$/.exec(path) ?? [];
    if (path === '/info') {
      return answer({
        KernelVersion: isVirtual ? 'linuxkit' : release(),
        DriverStatus:
          store === 'blobs' ? [['driver-type', 'io.containerd.snapshotter.v1']] : [['Backing Filesystem', 'extfs']],
      });
    }
    if (path === '/images/json') return answer([...images].map(([Id, { names }]) => ({ Id, RepoTags: [...names] })));
    if (path === '/images/load' && body instanceof Readable) return load(body);
    if (path === '/images/create') return pull(`${query['fromImage']}:${query['tag']}`);
    if (path === '/libpod/images/pull') return pull(String(query['reference']));
    if (method === 'DELETE') return remove(name);
    const [id, image] = find(name) ?? [];
    if (id === undefined || image === undefined) return answer({ message: 'no such image' }, 404);
    if (method === 'POST') give(id, image.layers, [`${query['repo']}:${query['tag']}`]);
    return answer({ Id: id, RepoTags: [...image.names], RootFS: { Layers: image.layers } });
  };

  const kind = store === 'containers' ? 'podman' : 'docker';
  return {
    kind,
    name: kind === 'podman' ? 'Podman 4.3.1' : 'Docker 28.2.2',
    version: '1.2.3',
    address: 'unix:///memory',
    isLocal: true,
    platform: options.platform ?? { os: 'linux', architecture: 'amd64' },
    images,
    asked,
    received,
    used,
    upgrade: async () => Promise.reject(new Error('images need no stream both ways')),
    request: async (method, path, request = {}) => {
      const { signal, accept = [] } = request;
      asked.push(`${method} ${path}`);
      const stopped = new Promise<never>((_, reject) => {
        const stop = (): void => reject(new PycontainerError('interrupted', 'Interrupted'));
        if (signal?.aborted === true) stop();
        signal?.addEventListener('abort', stop);
      });
      const response = await Promise.race([respond(method, path, request), stopped]);
      if (response.status < 400 || accept.includes(response.status)) return response;
      throw new PycontainerError('engine-not-found', `no ${path}`);
    },
    close: async () => undefined,
  };
}

function answer(body: unknown, status = 200): EngineResponse {
  const bytes = JSON.stringify(body);
  return {
    status,
    headers: {},
    body: Readable.from([Buffer.from(bytes)]),
    text: async () => bytes,
    json: async () => body,
  };
}

async function untar(body: Readable): Promise<Files> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  body.on('error', (error) => reader.destroy(error));
  body.pipe(reader);
  for await (const entry of reader) {
    files.set(entry.header.name, Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)));
  }
  return files;
}

function text(files: Files, name: string): string {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`no ${name}`);
  return bytes.toString();
}

function blobFile(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Docker finds `docker.io/library/api` under `api` and the other way round. */
function full(name: string): string {
  return name.replace(/^docker\.io\/library\//, '');
}

function sha256(bytes: Buffer = Buffer.alloc(0)): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
