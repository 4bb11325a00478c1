import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { addImage, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { type IndexServer, jsonPage, serveIndex, sha256 } from './index-server.ts';
import { Rig } from './rig.ts';
import { type MadeWheel, makeWheel } from './wheel.ts';

/** A build that comes to its end only when it is let, so that nobody need be quick to see it run. */
export interface HeldBuild extends AsyncDisposable {
  readonly rig: Rig;
  /** Lets the wheel come to its end. */
  readonly release: () => void;
}

/** Targets named `free` are apps without a base; those named `held` wait for the second half of a package's wheel. */
export async function heldBuild(free: readonly string[], held: readonly string[]): Promise<HeldBuild> {
  const wheel = makeWheel({ name: 'heavy', files: { 'heavy.bin': randomBytes(300_000) } });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const index = await indexThatHolds(wheel, released);
  const rig = new Rig({
    'pycontainer.yaml': [
      'defaults: { base: scratch, cmd: [x], platforms: [linux/amd64] }',
      'targets:',
      ...free.map((name) => `  ${name}: { context: ${name} }`),
      ...held.map(
        (name) => `  ${name}: { context: ${name}, base: oci:../base, dependencies: { from: requirements.txt } }`,
      ),
      '',
    ].join('\n'),
    'requirements.txt': `--index-url ${index.url}/simple/\nheavy==1.0 --hash=sha256:${sha256(wheel.bytes)}\n`,
    ...Object.fromEntries([...free, ...held].map((name) => [`${name}/main.py`, `print("${name}")\n`])),
  });
  const blobs = emptyBlobs();
  writeLayout(path.join(rig.root, 'base'), blobs, [tagged(await addImage(blobs, official), 'latest')]);
  return {
    rig,
    release,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await index[Symbol.asyncDispose]();
    },
  };
}

async function indexThatHolds({ filename, bytes }: MadeWheel, released: Promise<void>): Promise<IndexServer> {
  const file = { filename, url: `/files/${filename}`, hashes: { sha256: sha256(bytes) }, size: bytes.length };
  const half = bytes.length >> 1;
  return serveIndex({
    '/simple/heavy/': jsonPage([file]),
    [`/files/${filename}`]: (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, half));
      void released.then(() => response.end(bytes.subarray(half)));
    },
  });
}
