import fs from 'node:fs';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { blobOf } from '../support/image.ts';

/** Writes an OCI layout of an image with one gzip layer, tagged `latest`. */
export function writeOneLayerLayout(folder: string, layer: string, diffId: string): void {
  const blob = blobOf(fs.readFileSync(layer), mediaTypes.layerGzip);
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } };
  const configBlob = blobOf(Buffer.from(JSON.stringify(config)), mediaTypes.config);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configBlob.descriptor,
    layers: [blob.descriptor],
  };
  const manifestBlob = blobOf(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest);
  fs.mkdirSync(`${folder}/blobs/sha256`, { recursive: true });
  for (const { descriptor, bytes } of [blob, configBlob, manifestBlob]) {
    fs.writeFileSync(`${folder}/blobs/${descriptor.digest.replace(':', '/')}`, bytes);
  }
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const index = { schemaVersion: 2, manifests: [{ ...manifestBlob.descriptor, annotations }] };
  fs.writeFileSync(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  fs.writeFileSync(`${folder}/index.json`, JSON.stringify(index));
}

interface Descriptors {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly layers?: readonly { readonly digest: string }[];
}

/** Of the only image of a layout, base layer first. */
export function layerDigests(folder: string): readonly string[] {
  const read = (name: string): Descriptors => JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8')) as Descriptors;
  const [manifest] = read('index.json').manifests ?? [];
  const { layers = [] } = read(`blobs/${(manifest?.digest ?? '').replace(':', '/')}`);
  return layers.map(({ digest }) => digest);
}
