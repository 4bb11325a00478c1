import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import {
  type ContainerConfig,
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  mediaTypes,
} from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import {
  addBlob,
  addIndex,
  type Blobs,
  emptyBlobs,
  folder,
  json,
  tagged,
  tarOf,
  type TestFiles,
  writeLayout,
} from '../base/image.ts';
import { pythonBase } from './python-base.ts';
import { pythonLayout } from './python-layout.ts';

/**
 * - slim: as a slim image, with a shell, and no packages but the standard library.
 * - debian: packages of the distribution are in dist-packages, as apt puts them there.
 * - distroless: no shell, an ordinary user, Python as entrypoint, a file per package of the distribution.
 *
 * Their configs are those of `python:3.11-slim`, of `debian` and of `gcr.io/distroless/python3:nonroot`.
 */
export const baseNames = ['slim', 'debian', 'distroless'] as const;
export type BaseName = (typeof baseNames)[number];

export interface BasesOptions {
  /** Names of modules that the debian base has as well, in a shape that cannot be imported. */
  readonly shadows?: readonly string[];
  /** In dpkg's words; several make an index of each base. Absent: this machine's. */
  readonly architectures?: readonly string[];
}

interface Change {
  /** What lies over the root file system. */
  readonly over?: TestFiles;
  readonly config: ContainerConfig;
}

interface RootLayer {
  /** `python3.11` */
  readonly python: string;
  readonly config: ImageConfig;
  readonly layer: Descriptor;
  readonly bytes: Buffer;
}

/** Writes an OCI layout that has each base under its name. They share the root file system of `pythonBase()`. */
export async function writeBases(directory: string, options: BasesOptions = {}): Promise<void> {
  const { shadows = [], architectures } = options;
  const blobs = emptyBlobs();
  const roots = await Promise.all((architectures ?? [undefined]).map(async (name) => rootLayer(name)));
  const bases = baseNames.map(async (name) => {
    const manifests = await Promise.all(roots.map(async (root) => addBase(blobs, root, changes[name](root, shadows))));
    const [only] = manifests;
    return tagged(architectures === undefined && only !== undefined ? only : addIndex(blobs, manifests), name);
  });
  writeLayout(directory, blobs, await Promise.all(bases));
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const changes: Readonly<Record<BaseName, (root: RootLayer, shadows: readonly string[]) => Change>> = {
  slim: () => ({
    config: { Env: [searchPath.replace('=', '=/usr/local/bin:'), 'LANG=C.UTF-8'], Cmd: ['python3'] },
  }),
  debian: ({ python }, shadows) => ({
    over: { [`usr/lib/${python}/EXTERNALLY-MANAGED`]: '[externally-managed]\n', ...distPackages(shadows) },
    config: { Env: [searchPath], Cmd: ['sh'] },
  }),
  distroless: ({ python }) => ({
    over: {
      'usr/bin/.wh.sh': '',
      'usr/bin/.wh.dash': '',
      'var/lib/dpkg/.wh.status': '',
      'var/lib/dpkg/status.d/': folder(),
      'var/lib/dpkg/status.d/libc6': 'Package: libc6\nVersion: 2.36-9\n',
      'home/nonroot/': folder(0o700, 65_532, 65_532),
    },
    config: {
      Entrypoint: [`/usr/bin/${python}`],
      User: '65532',
      WorkingDir: '/home/nonroot',
      Env: [searchPath, 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt', 'LANG=C.UTF-8'],
    },
  }),
};

const distFolder = 'usr/lib/python3/dist-packages';

function distPackages(shadows: readonly string[]): TestFiles {
  const packages = shadows.map((name): TestFiles => ({
    [`${distFolder}/${name}/__init__.py`]: `raise ImportError("${name} of the distribution was imported")\n`,
    [`${distFolder}/${name}-0.1.egg-info`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 0.1\n`,
  }));
  return Object.assign({}, ...packages) as TestFiles;
}

async function addBase(blobs: Blobs, root: RootLayer, { over, config }: Change): Promise<Descriptor> {
  const tar = over === undefined ? undefined : await tarOf(over);
  const layers = [addBlob(blobs, root.layer.mediaType, root.bytes)];
  if (tar !== undefined) layers.push(addBlob(blobs, mediaTypes.layerGzip, gzipSync(tar)));
  const { os, architecture, variant, rootfs } = root.config;
  const diffIds = [...rootfs.diff_ids, ...(tar === undefined ? [] : [digestOf(tar)])];
  const document = { os, architecture, variant, config, rootfs: { type: 'layers', diff_ids: diffIds } };
  const manifest = addBlob(
    blobs,
    mediaTypes.manifest,
    json({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: addBlob(blobs, mediaTypes.config, json(document)),
      layers,
    }),
  );
  return { ...manifest, platform: parsePlatform([os, architecture, variant].filter(Boolean).join('/')) };
}

async function rootLayer(dpkgArchitecture: string | undefined): Promise<RootLayer> {
  const layout = await pythonLayout(dpkgArchitecture);
  const blob = (digest: Digest): Buffer => readFileSync(path.join(layout, 'blobs', digest.replace(':', '/')));
  const index = JSON.parse(readFileSync(path.join(layout, 'index.json'), 'utf8')) as { manifests: [Descriptor] };
  const manifest = JSON.parse(blob(index.manifests[0].digest).toString()) as ImageManifest;
  const [layer] = manifest.layers;
  if (layer === undefined || manifest.layers.length > 1) throw new Error(`${layout} has not one layer`);
  const config = JSON.parse(blob(manifest.config.digest).toString()) as ImageConfig;
  const [python = ''] = globSync('python3.*', { cwd: path.join(await pythonBase(dpkgArchitecture), 'usr/bin') });
  return { python, config, layer, bytes: blob(layer.digest) };
}
