import { createCipheriv, createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { crc32Combine } from '../../src/layer/crc32.ts';

/** A file of a huge wheel: the same block over and over, or, where it is stored, zeros that take no room on the disk. */
export interface HugeMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly mebibytes: number;
}

export interface HugeWheel {
  readonly path: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Of the members, in hex, by name. */
  readonly contents: ReadonlyMap<string, string>;
}

const mebibyte = 1 << 20;
const unset32 = 0xffffffff;

/** Compresses to about a fiftieth: less would be taken for a bomb. */
const block = (() => {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const noise = cipher.update(Buffer.alloc(mebibyte / 50));
  return Buffer.concat([noise, Buffer.alloc(mebibyte - noise.length, 'pycontainer ')]);
})();
/** Whole bytes that refer to nothing before them, so that they may be repeated. */
const deflatedBlock = zlib.deflateRawSync(block, { finishFlush: zlib.constants.Z_FULL_FLUSH });
const lastBlock = Buffer.from([3, 0]);

/** Writes a wheel `huge` of version 1.0 with ZIP64 records throughout. Sizes are no matter: it is written in blocks. */
export async function writeHugeWheel(folder: string, members: readonly HugeMember[]): Promise<HugeWheel> {
  const filename = 'huge-1.0-py3-none-any.whl';
  const zip = new ZipFile(path.join(folder, filename));
  const contents = new Map<string, string>();
  const record: string[] = [];
  const note = (name: string, sha256: Buffer, sizeBytes: number): void => {
    record.push(`${name},sha256=${sha256.toString('base64url')},${sizeBytes}\n`);
    contents.set(name, sha256.toString('hex'));
  };
  for (const member of members) note(member.name, zip.addHuge(member), member.mebibytes * mebibyte);
  const info = 'huge-1.0.dist-info';
  const texts = {
    METADATA: 'Metadata-Version: 2.1\nName: huge\nVersion: 1.0\n',
    WHEEL: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    zip.addText(`${info}/${name}`, text);
    note(`${info}/${name}`, createHash('sha256').update(text).digest(), text.length);
  }
  zip.addText(`${info}/RECORD`, `${record.join('')}${info}/RECORD,,\n`);
  zip.finish();
  return { path: zip.path, filename, ...(await identity(zip.path)), contents };
}

async function identity(file: string): Promise<{ sizeBytes: number; sha256: string }> {
  const sum = createHash('sha256');
  for await (const chunk of fs.createReadStream(file, { highWaterMark: mebibyte })) sum.update(chunk as Buffer);
  return { sizeBytes: fs.statSync(file).size, sha256: sum.digest('hex') };
}

interface Sizes {
  readonly method: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

/** All sizes and places stand in ZIP64 fields (APPNOTE 4.5.3). */
class ZipFile {
  readonly path: string;
  readonly #fd: number;
  readonly #central: Buffer[] = [];
  #at = 0;

  constructor(file: string) {
    this.path = file;
    this.#fd = fs.openSync(file, 'w');
  }

  addText(name: string, text: string): void {
    const bytes = Buffer.from(text);
    const sizeBytes = bytes.length;
    this.#begin(name, { method: 0, crc32: zlib.crc32(bytes), packedBytes: sizeBytes, sizeBytes });
    this.#write(bytes);
  }

  /** Gives the content's sha256. */
  addHuge({ name, method, mebibytes }: HugeMember): Buffer {
    const isStored = method === 'stored';
    const content = isStored ? Buffer.alloc(mebibyte) : block;
    const sum = createHash('sha256');
    const blockCrc = zlib.crc32(content);
    let crc32 = 0;
    for (let count = 0; count < mebibytes; count += 1) {
      sum.update(content);
      crc32 = crc32Combine(crc32, blockCrc, mebibyte);
    }
    const sizeBytes = mebibytes * mebibyte;
    const packedBytes = isStored ? sizeBytes : mebibytes * deflatedBlock.length + lastBlock.length;
    this.#begin(name, { method: isStored ? 0 : 8, crc32, packedBytes, sizeBytes });
    if (isStored) this.#at += sizeBytes;
    else for (let count = 0; count < mebibytes; count += 1) this.#write(deflatedBlock);
    if (!isStored) this.#write(lastBlock);
    return sum.digest();
  }

  finish(): void {
    const start = this.#at;
    for (const header of this.#central) this.#write(header);
    const count = this.#central.length;
    const sizeBytes = this.#at - start;
    const wide = [int(0x06064b50), long(44), short(45, 45), int(0, 0), long(count, count, sizeBytes, start)];
    const locator = [int(0x07064b50, 0), long(this.#at), int(1)];
    const end = [int(0x06054b50), short(0, 0, 0xffff, 0xffff), int(unset32, unset32), short(0)];
    this.#write(Buffer.concat([...wide, ...locator, ...end]));
    fs.closeSync(this.#fd);
  }

  #begin(name: string, { method, crc32, packedBytes, sizeBytes }: Sizes): void {
    const bytes = Buffer.from(name);
    const localExtra = Buffer.concat([short(1, 16), long(sizeBytes, packedBytes)]);
    const centralExtra = Buffer.concat([short(1, 24), long(sizeBytes, packedBytes, this.#at)]);
    const common = Buffer.concat([short(0, method, 0, 0x21), int(crc32, unset32, unset32), short(bytes.length)]);
    const tail = [short(centralExtra.length, 0, 0, 0), int((0o100644 << 16) >>> 0, unset32)];
    const head = [int(0x02014b50), short(0x0314, 45), common];
    this.#central.push(Buffer.concat([...head, ...tail, bytes, centralExtra]));
    this.#write(Buffer.concat([int(0x04034b50), short(45), common, short(localExtra.length), bytes, localExtra]));
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(this.#fd, bytes, done, undefined, this.#at + done);
    this.#at += bytes.length;
  }
}

function short(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function int(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function long(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}
