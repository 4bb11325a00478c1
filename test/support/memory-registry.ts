import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve, type TestServer } from './server.ts';

export interface MemoryRepository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { mediaType: string; bytes: Buffer }>;
  readonly tags: Map<string, string>;
}

export interface MemoryRegistry extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly requests: string[];
  /** Made when first asked for. */
  repository(name: string): MemoryRepository;
}

export interface MemoryRegistryOptions {
  /** Called first; true when it has answered. */
  readonly guard?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Answer mounts with an upload, as some registries always do. */
  readonly refuseMounts?: boolean;
  /** Forget uploads that broke off, as some registries do. */
  readonly forgetful?: boolean;
  readonly tls?: { key: string; cert: string };
}

/**
 * A registry in memory, as strict as the distribution specification: digests are checked, a manifest must not come
 * before what it names, chunks must follow on each other. What was sent of a broken upload is kept.
 */
export async function memoryRegistry(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const repositories = new Map<string, MemoryRepository>();
  const uploads = new Map<string, Buffer>();
  const repository = (name: string): MemoryRepository => {
    const known = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, known);
    return known;
  };
  const server: TestServer = await serve(async (request, response) => {
    if (options.guard?.(request, response) === true) return;
    const exchange = new Exchange(request, response, repository, uploads, options);
    await exchange.answer().catch((error: unknown) => {
      if (!response.headersSent) exchange.refuse(500, 'UNKNOWN', String(error));
    });
  }, options.tls);
  return { ...server, repository, [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose]() };
}

class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #repository: (name: string) => MemoryRepository;
  readonly #uploads: Map<string, Buffer>;
  readonly #options: MemoryRegistryOptions;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    repository: (name: string) => MemoryRepository,
    uploads: Map<string, Buffer>,
    options: MemoryRegistryOptions,
  ) {
    this.#request = request;
    this.#response = response;
    this.#repository = repository;
    this.#uploads = uploads;
    this.#options = options;
  }

  async answer(): Promise<void> {
    const url = new URL(this.#request.url ?? '/', 'http://registry');
    if (url.pathname === '/v2/') return this.#send(200, {}, Buffer.from('{}'));
    const match = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/([^/]*)$/.exec(url.pathname);
    const [, name = '', kind, id = ''] = match ?? [];
    const repository = this.#repository(name);
    if (kind === 'tags') return this.#sendTags(name, repository);
    if (kind === 'manifests' && this.#request.method === 'PUT') return this.#putManifest(repository, name, id);
    if (kind === 'manifests') return this.#getManifest(repository, id);
    if (kind === 'blobs') return this.#getBlob(repository, id);
    if (kind === 'blobs/uploads') return this.#upload(repository, name, id, url);
    return this.refuse(404, 'NAME_UNKNOWN', 'no such thing');
  }

  refuse(status: number, code: string, message: string): void {
    this.#send(
      status,
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify({ errors: [{ code, message }] })),
    );
  }

  #sendTags(name: string, { tags }: MemoryRepository): void {
    this.#send(
      200,
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify({ name, tags: [...tags.keys()] })),
    );
  }

  #getManifest({ manifests, tags }: MemoryRepository, id: string): void {
    const digest = id.startsWith('sha256:') ? id : (tags.get(id) ?? '');
    const manifest = manifests.get(digest);
    if (manifest === undefined) return this.refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return this.#send(200, { 'content-type': manifest.mediaType, 'docker-content-digest': digest }, manifest.bytes);
  }

  async #putManifest(repository: MemoryRepository, name: string, id: string): Promise<void> {
    const bytes = await this.#body();
    const digest = digestOf(bytes);
    if (id.startsWith('sha256:') && id !== digest) return this.refuse(400, 'DIGEST_INVALID', 'digest invalid');
    const {
      config,
      layers = [],
      manifests = [],
    } = JSON.parse(bytes.toString()) as Record<string, { digest: string }[]> & {
      config?: { digest: string };
    };
    const blobs = [...(config === undefined ? [] : [config]), ...layers];
    const complete =
      blobs.every((blob) => repository.blobs.has(blob.digest)) &&
      manifests.every((manifest) => repository.manifests.has(manifest.digest));
    if (!complete) return this.refuse(400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry');
    repository.manifests.set(digest, { mediaType: this.#request.headers['content-type'] ?? '', bytes });
    if (id !== digest) repository.tags.set(id, digest);
    return this.#send(201, { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest });
  }

  #getBlob({ blobs }: MemoryRepository, digest: string): void {
    const bytes = blobs.get(digest);
    if (bytes === undefined) return this.refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const start = /^bytes=(\d+)-$/.exec(this.#request.headers.range ?? '')?.[1];
    if (start === undefined) return this.#send(200, { 'docker-content-digest': digest }, bytes);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    return this.#send(206, { 'content-range': range }, bytes.subarray(Number(start)));
  }

  async #upload(repository: MemoryRepository, name: string, id: string, url: URL): Promise<void> {
    if (this.#request.method === 'POST') return this.#begin(repository, name, url.searchParams);
    const had = this.#uploads.get(id);
    if (had === undefined) return this.refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'upload unknown');
    if (this.#request.method === 'GET') return this.#sendUpload(204, name, id, had.length);
    if (this.#request.method === 'DELETE') {
      this.#uploads.delete(id);
      return this.#send(204, {});
    }
    const from = /^(\d+)-/.exec(this.#request.headers['content-range'] ?? '')?.[1];
    if (from !== undefined && Number(from) !== had.length)
      return this.refuse(416, 'BLOB_UPLOAD_INVALID', 'wrong offset');
    const bytes = Buffer.concat([had, await this.#body(id, had)]);
    if (this.#request.method === 'PATCH') {
      this.#uploads.set(id, bytes);
      return this.#sendUpload(202, name, id, bytes.length);
    }
    this.#uploads.delete(id);
    const digest = url.searchParams.get('digest') ?? '';
    if (digestOf(bytes) !== digest) return this.refuse(400, 'DIGEST_INVALID', 'provided digest did not match');
    repository.blobs.set(digest, bytes);
    return this.#send(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
  }

  #begin(repository: MemoryRepository, name: string, parameters: URLSearchParams): void {
    const digest = parameters.get('mount');
    const bytes = digest === null ? undefined : this.#repository(parameters.get('from') ?? '').blobs.get(digest);
    if (digest !== null && bytes !== undefined && this.#options.refuseMounts !== true) {
      repository.blobs.set(digest, bytes);
      return this.#send(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
    }
    const id = randomUUID();
    this.#uploads.set(id, Buffer.alloc(0));
    return this.#sendUpload(202, name, id, 0);
  }

  #sendUpload(status: number, name: string, id: string, sizeBytes: number): void {
    this.#send(status, {
      location: `/v2/${name}/blobs/uploads/${id}?_state=x`,
      range: `0-${Math.max(0, sizeBytes - 1)}`,
    });
  }

  async #body(uploadId?: string, had: Buffer = Buffer.alloc(0)): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of this.#request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch (error) {
      if (uploadId !== undefined && this.#options.forgetful === true) this.#uploads.delete(uploadId);
      else if (uploadId !== undefined) this.#uploads.set(uploadId, Buffer.concat([had, ...chunks]));
      throw error;
    }
    return Buffer.concat(chunks);
  }

  #send(status: number, headers: Record<string, string>, bytes: Buffer = Buffer.alloc(0)): void {
    this.#request.resume();
    const all = status === 204 ? headers : { ...headers, 'content-length': String(bytes.length) };
    this.#response.writeHead(status, all).end(this.#request.method === 'HEAD' ? undefined : bytes);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
