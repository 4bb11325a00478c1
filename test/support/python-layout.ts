import fs from 'node:fs';
import path from 'node:path';
import { openBaseLayer } from '../../src/base/blob.ts';
import { openBase } from '../../src/base/open.ts';
import { hostPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { addBlob, emptyBlobs, json, tagged, writeLayout } from '../base/image.ts';
import { testSources } from '../base/sources.ts';
import { pythonBase } from './python-base.ts';

const made = new Map<string | undefined, Promise<string>>();

/**
 * The same base as {@link pythonBase} as an OCI layout, kept beside it between runs: so that not each test has to
 * compress it. Never to be changed.
 */
export function pythonLayout(architecture?: string): Promise<string> {
  const known = made.get(architecture) ?? makeLayout(architecture);
  made.set(architecture, known);
  return known;
}

async function makeLayout(architecture: string | undefined): Promise<string> {
  const root = await pythonBase(architecture);
  const finished = `${root}-layout`;
  if (fs.existsSync(finished)) return finished;
  await using test = await testSources();
  const platform = architecture === undefined ? hostPlatform() : parsePlatform(`linux/${architecture}`);
  const base = await openBase({ kind: 'rootfs', path: root }, 'rootfs:root', platform, test.sources);
  const blobs = emptyBlobs();
  const layers = await Promise.all(
    base.layers.map(async (layer) => {
      const chunks = await Array.fromAsync((await openBaseLayer(layer, test.sources)) as AsyncIterable<Buffer>);
      return addBlob(blobs, layer.descriptor.mediaType, Buffer.concat(chunks));
    }),
  );
  const config = addBlob(blobs, mediaTypes.config, json(base.config));
  const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers });
  const temporary = fs.mkdtempSync(`${finished}-`);
  fs.chmodSync(temporary, 0o755);
  writeLayout(temporary, blobs, [tagged(addBlob(blobs, mediaTypes.manifest, manifest), 'latest')]);
  try {
    fs.renameSync(temporary, finished);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true });
    if (!fs.existsSync(finished)) throw error;
  }
  return path.resolve(finished);
}
