import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeWheel } from '../../support/wheel.ts';
import { Contents } from './content.ts';
import { type ContentKind, fileSizes, packageSizes, type Quantiles, valueAt } from './sizes.ts';
import { toPython } from './source.ts';

export interface BenchWheel {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly path: string;
  readonly sha256: string;
}

export interface WheelsSpec {
  /** Of all of them, installed. */
  readonly sizeBytes: number;
  readonly packages: number;
}

/**
 * Writes wheels into a folder, a few large ones and many small ones. Sizes, kinds of files, and how small they pack are
 * as in real ones (sizes.ts, content.ts). The same bytes on every machine.
 */
export function writeWheels(folder: string, { sizeBytes, packages }: WheelsSpec): readonly BenchWheel[] {
  const weights = Array.from({ length: packages }, (_, index) =>
    valueAt(packageSizes, 100 * (1 - (index + 0.5) / packages)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, index) =>
    writeBenchWheel(folder, {
      name: `pkg${String(index).padStart(2, '0')}`,
      version: '1.0',
      sizeBytes: Math.round((sizeBytes * weight) / total),
      native: index % 5 < 2,
    }),
  );
}

export interface BenchWheelSpec {
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
  /** Whether most of it is machine code. */
  readonly native: boolean;
}

/** Another version is other bytes in every file. */
export function writeBenchWheel(folder: string, { name, version, sizeBytes, native }: BenchWheelSpec): BenchWheel {
  const contents = new Contents(createHash('md5').update(`${name} ${version}`).digest().readInt32LE(0));
  const files: Record<string, Buffer> = {};
  const codeBytes = native ? Math.round(sizeBytes * codeShare) : 0;
  for (const kind of kinds) {
    const kindBytes = kind.share === undefined ? codeBytes : Math.round((sizeBytes - codeBytes) * kind.share);
    for (const [index, size] of shares(contents, kindBytes, fileSizes[kind.of]).entries()) {
      files[`${name}/${kind.path(index)}`] = kind.bytes(contents, size);
    }
  }
  files[`${name}/__init__.py`] = Buffer.from(`__version__ = '${version}'\n`);
  const { filename, bytes } = makeWheel({ name, version, files });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, filename), bytes);
  return wheelAt(path.join(folder, filename));
}

/** Of the bytes of packages that have machine code at all. */
const codeShare = 0.9;

interface FileKind {
  readonly of: ContentKind;
  /** Of the bytes that are not machine code; absent for machine code. */
  readonly share?: number;
  readonly path: (index: number) => string;
  readonly bytes: (contents: Contents, sizeBytes: number) => Buffer;
}

const kinds: readonly FileKind[] = [
  { of: 'code', path: (index) => `core/kernels${index}.bin`, bytes: (contents, size) => contents.code(size) },
  {
    of: 'packed',
    share: 0.1,
    path: (index) => `data/packed${index}.dat`,
    bytes: (contents, size) => contents.noise(size),
  },
  {
    of: 'records',
    share: 0.1,
    path: (index) => `data/zone${index % 5}/records${index}.dat`,
    bytes: (contents, size) => contents.records(size),
  },
  {
    of: 'prose',
    share: 0.21,
    path: (index) => `data/text${index % 7}/words${index}.txt`,
    bytes: (contents, size) => contents.prose(size),
  },
  {
    of: 'source',
    share: 0.59,
    path: (index) => `part${index % 12}/module${index}.py`,
    bytes: (contents, size) => toPython(contents.text(size)),
  },
];

/** Wheels that are there, one version of each package, all fit for the base's Python. */
export function wheelsIn(folder: string): readonly BenchWheel[] {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.whl'));
  return names.sort().map((name) => wheelAt(path.resolve(folder, name)));
}

export function wheelAt(file: string): BenchWheel {
  const filename = path.basename(file);
  const [name = '', version = ''] = filename.split('-');
  const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, '-'), version, filename, path: file, sha256 };
}

/** Sizes that sum to the total and are divided like these; the last one is what is left. */
function shares(contents: Contents, totalBytes: number, quantiles: Quantiles): readonly number[] {
  const sizes: number[] = [];
  let percent = contents.below(100);
  for (let left = totalBytes; left > 0; left -= sizes.at(-1) ?? left) {
    // Steps of the golden ratio: few sizes are divided like many.
    percent = (percent + 61.803_398_875) % 100;
    sizes.push(Math.min(left, Math.max(1, Math.round(valueAt(quantiles, percent)))));
  }
  return sizes;
}
