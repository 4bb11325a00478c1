import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeWheel } from '../../support/wheel.ts';
import { Contents } from './content.ts';
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
 * Writes wheels into a folder: a few large ones that are mostly machine code, and many small ones of source files,
 * about 30 KB a file, as in a folder of real packages. The same bytes on every machine.
 */
export function writeWheels(folder: string, { sizeBytes, packages }: WheelsSpec): readonly BenchWheel[] {
  const weights = Array.from({ length: packages }, (_, index) => 1 / (index + 1.5));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, index) =>
    writeBenchWheel(folder, {
      name: `pkg${String(index).padStart(2, '0')}`,
      version: '1.0',
      sizeBytes: Math.round((sizeBytes * weight) / total),
      native: index * 5 < packages,
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
  const nativeBytes = native ? Math.round(sizeBytes * 0.72) : 0;
  const dataBytes = Math.round(sizeBytes * 0.04);
  for (const [index, size] of shares(contents, nativeBytes, 400_000).entries()) {
    files[`${name}/core/kernels${index}.bin`] = contents.code(size);
  }
  for (const [index, size] of shares(contents, dataBytes, 20_000).entries()) {
    files[`${name}/data/table${index}.dat`] = contents.noise(size);
  }
  for (const [index, size] of shares(contents, sizeBytes - nativeBytes - dataBytes, 4_500).entries()) {
    files[`${name}/part${index % 12}/module${index}.py`] = toPython(contents.text(size));
  }
  files[`${name}/__init__.py`] = Buffer.from(`__version__ = '${version}'\n`);
  const { filename, bytes } = makeWheel({ name, version, files });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, filename), bytes);
  return wheelAt(path.join(folder, filename));
}

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

/** Sizes that sum to the total: most below the unit, some up to sixteen times of it, as in real packages. */
function shares(contents: Contents, totalBytes: number, unitBytes: number): readonly number[] {
  const sizes: number[] = [];
  for (let left = totalBytes; left > 0; left -= sizes.at(-1) ?? left) {
    const wanted = Math.round(unitBytes * (0.05 + 16 * (contents.below(1000) / 1000) ** 5));
    sizes.push(Math.min(left, Math.max(1, wanted)));
  }
  return sizes;
}
