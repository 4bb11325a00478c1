import { createCipheriv, createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { blobOf } from './image.ts';

const piece = 1 << 20;

/** Writes an OCI layout whose image has one layer with one file of so many MiB that does not compress. */
export function writeLargeLayout(folder: string, mebibytes: number): string {
  const blobs = path.join(folder, 'blobs/sha256');
  fs.mkdirSync(blobs, { recursive: true });
  const layer = writeLayer(path.join(folder, 'layer'), mebibytes);
  fs.renameSync(path.join(folder, 'layer'), path.join(blobs, layer.hex));
  const digest = `sha256:${layer.hex}`;
  const document = { ...hostPlatform(), config: {}, rootfs: { type: 'layers', diff_ids: [digest] } };
  const config = blobOf(Buffer.from(JSON.stringify(document)), mediaTypes.config);
  const layers = [{ mediaType: mediaTypes.layer, digest, size: layer.sizeBytes }];
  const body = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: config.descriptor, layers };
  const manifest = blobOf(Buffer.from(JSON.stringify(body)), mediaTypes.manifest);
  for (const { descriptor, bytes } of [config, manifest])
    fs.writeFileSync(path.join(blobs, descriptor.digest.slice('sha256:'.length)), bytes);
  fs.writeFileSync(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  fs.writeFileSync(
    path.join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest.descriptor] }),
  );
  return folder;
}

/** A tar, with a header as POSIX has it. */
function writeLayer(file: string, mebibytes: number): { readonly hex: string; readonly sizeBytes: number } {
  const hash = createHash('sha256');
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const fd = fs.openSync(file, 'w');
  let sizeBytes = 0;
  const put = (bytes: Buffer): void => {
    hash.update(bytes);
    sizeBytes += fs.writeSync(fd, bytes);
  };
  put(header('large', mebibytes * piece));
  const zeros = Buffer.alloc(piece);
  for (let count = 0; count < mebibytes; count += 1) put(cipher.update(zeros));
  put(Buffer.alloc(1024));
  fs.closeSync(fd);
  return { hex: hash.digest('hex'), sizeBytes };
}

function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(sizeBytes, 11) + octal(0, 11), 100);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
