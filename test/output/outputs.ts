import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { extract } from 'tar-stream';
import { createHttp } from '../../src/http.ts';
import { parseReference, type Reference } from '../../src/oci/reference.ts';
import { archiveOutput } from '../../src/output/archive.ts';
import { layoutOutput } from '../../src/output/layout.ts';
import type { Output } from '../../src/output/output.ts';
import { registryOutput } from '../../src/output/registry.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { memoryRegistry, type MemoryRepository } from '../support/memory-registry.ts';
import type { Place } from './images.ts';

/** One kind of output, with what a test needs to look behind it. */
export interface OutputRig extends AsyncDisposable {
  /** An output under these tags; each call is a new one over the same place. */
  output(...tags: string[]): Output;
  /** What stands there under the tag, complete and verified; undefined for nothing. The digest of the manifest, or of the config. */
  read(tag: string): Promise<string | undefined>;
  /** Harms what stands there in each way that must be noticed by looking at it from outside, one after the other. */
  readonly harms: readonly (() => void)[];
  readonly keepsBlobs: boolean;
  readonly holdsPlatforms: boolean;
}

export const kinds: Readonly<Record<string, (place: Place) => Promise<OutputRig>>> = {
  layout: layoutRig,
  'oci-archive': ociArchiveRig,
  'docker-archive': dockerArchiveRig,
  registry: registryRig,
};

type Files = (name: string) => Buffer | undefined;

async function layoutRig({ folder, sources }: Place): Promise<OutputRig> {
  const directory = path.join(folder, 'layout');
  const files: Files = (name) => readIfThere(path.join(directory, name));
  const blobs = (): string[] =>
    fs.globSync('blobs/sha256/*', { cwd: directory }).map((name) => path.join(directory, name));
  return {
    output: (...tags) => layoutOutput(directory, named('registry.example/acme/api', tags), sources),
    read: async (tag) => readOci(files, tag),
    harms: [
      () => fs.rmSync(blobs()[0] ?? ''),
      () => {
        const [blob = ''] = blobs();
        const bytes = fs.readFileSync(blob);
        fs.rmSync(blob);
        fs.writeFileSync(blob, bytes.subarray(1));
      },
      () => fs.rmSync(path.join(directory, 'index.json')),
      () => fs.rmSync(path.join(directory, 'oci-layout')),
      () => fs.rmSync(directory, { recursive: true }),
    ],
    keepsBlobs: true,
    holdsPlatforms: true,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function ociArchiveRig({ folder, sources }: Place): Promise<OutputRig> {
  const file = path.join(folder, 'out', 'image.tar');
  return {
    output: (...tags) => archiveOutput('oci-archive', file, named('registry.example/acme/api', tags), sources),
    read: async (tag) => {
      const files = await untar(file);
      return readOci((name) => files.get(name), tag);
    },
    harms: fileHarms(file),
    keepsBlobs: false,
    holdsPlatforms: true,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function dockerArchiveRig({ folder, sources }: Place): Promise<OutputRig> {
  const file = path.join(folder, 'out', 'image.tar');
  return {
    output: (...tags) => archiveOutput('docker-archive', file, named('registry.example/acme/api', tags), sources),
    read: async (tag) => {
      const files = await untar(file);
      const [image] = JSON.parse(files.get('manifest.json')?.toString() ?? '[]') as {
        Config: string;
        RepoTags: string[];
        Layers: string[];
      }[];
      if (image?.RepoTags.includes(`registry.example/acme/api:${tag}`) !== true) return undefined;
      for (const name of [image.Config, ...image.Layers]) {
        assert.equal(sha256(files.get(name)), path.parse(name).name.padStart(64), name);
      }
      return `sha256:${path.parse(image.Config).name}`;
    },
    harms: fileHarms(file),
    keepsBlobs: false,
    holdsPlatforms: false,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function registryRig({ sources }: Place): Promise<OutputRig> {
  const registry = await memoryRegistry();
  const http = createHttp({ env: {} });
  const client = new RegistryClient({
    http,
    settings: new Map(),
    credentials: { find: async () => Promise.resolve(undefined) },
  });
  const repository = registry.repository('acme/api');
  return {
    output: (...tags) => registryOutput(named(`${registry.host}/acme/api`, tags), client, sources),
    read: async (tag) => readRegistry(repository, tag),
    harms: [() => repository.tags.clear()],
    keepsBlobs: true,
    holdsPlatforms: true,
    async [Symbol.asyncDispose]() {
      await http.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

export function named(repository: string, tags: readonly string[]): readonly Reference[] {
  return tags.map((tag) => parseReference(`${repository}:${tag}`));
}

function fileHarms(file: string): (() => void)[] {
  return [() => fs.truncateSync(file, 1000), () => fs.appendFileSync(file, '\0'), () => fs.rmSync(file)];
}

interface DescriptorJson {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

function readOci(files: Files, tag: string): string | undefined {
  const { manifests = [] } = JSON.parse(files('index.json')?.toString() ?? '{}') as { manifests?: DescriptorJson[] };
  const entries = manifests.filter(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag);
  const [entry] = entries;
  assert(entries.length < 2, 'a tag names one image');
  if (entry === undefined) return undefined;
  assert.equal(files('oci-layout')?.toString(), '{"imageLayoutVersion":"1.0.0"}');
  checkWhole(entry, (digest) => files(`blobs/${digest.replace(':', '/')}`));
  return entry.digest;
}

function readRegistry({ blobs, manifests, tags }: MemoryRepository, tag: string): string | undefined {
  const digest = tags.get(tag);
  if (digest === undefined) return undefined;
  const size = manifests.get(digest)?.bytes.length ?? 0;
  checkWhole({ digest, size }, (name) => manifests.get(name)?.bytes ?? blobs.get(name));
  return digest;
}

/** Asserts that everything below a descriptor is there, with the digest and size that it should have. */
function checkWhole({ digest, size }: DescriptorJson, blobOf: (digest: string) => Buffer | undefined): void {
  const bytes = blobOf(digest);
  assert.equal(`sha256:${sha256(bytes)}`, digest);
  assert.equal(bytes?.length, size);
  if (bytes?.[0] !== '{'.charCodeAt(0)) return;
  const document = JSON.parse(bytes.toString()) as {
    manifests?: DescriptorJson[];
    layers?: DescriptorJson[];
    config?: DescriptorJson;
  };
  const {
    config,
    layers,
    manifests = layers === undefined || config === undefined ? [] : [config, ...layers],
  } = document;
  for (const part of manifests) checkWhole(part, blobOf);
}

async function untar(file: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const bytes = readIfThere(file);
  if (bytes === undefined) return files;
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader)
    files.set(entry.header.name, Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)));
  return files;
}

function readIfThere(file: string): Buffer | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

function sha256(bytes: Buffer = Buffer.alloc(0)): string {
  return createHash('sha256').update(bytes).digest('hex');
}
