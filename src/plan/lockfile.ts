import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PycontainerError, systemCode } from '../errors.ts';
import { type Digest, isDigest, parseDigest } from '../oci/digest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { BaseFacts } from '../base/base.ts';
import { replaceFile } from './replace.ts';

/** One base that `pycontainer.lock` pins for one platform. */
export interface BasePin {
  /** Canonical, with the tag. */
  readonly reference: string;
  readonly platform: string;
  /** What the tag stood for: an index, or the platform's manifest. */
  readonly digest: Digest;
  /** What was found in it, for whoever reads the change: `python=3.12.7`, `libc=glibc-2.36`. */
  readonly facts: readonly string[];
}

const name = 'pycontainer.lock';
const header =
  '# pycontainer.lock: the bases that the images stand on. Written by pycontainer up, moved by pycontainer lock. Commit it.\n';
const version = 'version 1';

/** Pins by reference and platform; see {@link pinKey}. Order in the file is by this key, one entry a line. */
export type BasePins = ReadonlyMap<string, BasePin>;

export function pinKey(reference: Reference, platform: Platform): string {
  return `${formatReference(reference)} ${formatPlatform(platform)}`;
}

export function pinOf(reference: Reference, platform: Platform, digest: Digest, facts: BaseFacts): BasePin {
  const { interpreter, libc } = facts;
  return {
    reference: formatReference(reference),
    platform: formatPlatform(platform),
    digest,
    facts: [
      ...(interpreter === undefined ? [] : [`python=${interpreter.version}`, `interpreter=${interpreter.path}`]),
      ...(libc === undefined ? [] : [`libc=${libc.kind}-${libc.version}`]),
    ],
  };
}

/** Empty when there is no file. Throws 'lock-syntax' with the place, merge conflicts named as such. */
export function readPins(root: string): BasePins {
  const lines = (textOf(join(root, name)) ?? '').split(/\r?\n/);
  const pins = new Map<string, BasePin>();
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#') || line === version) continue;
    const pin = parseLine(line);
    if (pin === undefined) throw syntaxError(index + 1, line);
    const key = `${pin.reference} ${pin.platform}`;
    if (pins.has(key)) throw syntaxError(index + 1, line, pin);
    pins.set(key, pin);
  }
  return pins;
}

/** Sorted, so that merges rarely conflict; written whole or not at all. */
export async function writePins(root: string, pins: BasePins): Promise<void> {
  const file = join(root, name);
  const lines = [...pins.values()].map(({ reference, platform, digest, facts }) =>
    ['base', reference, platform, digest, ...facts].join(' '),
  );
  await replaceFile(file, `${header}${[version, ...lines.toSorted()].join('\n')}\n`);
}

export function samePins(a: BasePins, b: BasePins): boolean {
  return a.size === b.size && [...a].every(([key, pin]) => JSON.stringify(pin) === JSON.stringify(b.get(key)));
}

function parseLine(line: string): BasePin | undefined {
  const [word, reference, platform, digest, ...facts] = line.split(' ');
  if (word !== 'base' || reference === undefined || platform === undefined || digest === undefined || !isDigest(digest))
    return undefined;
  return { reference, platform, digest: parseDigest(digest), facts };
}

function syntaxError(line: number, text: string, twice?: BasePin): PycontainerError {
  const again = 'or remove the file and run `pycontainer lock`.';
  const [message, hint] = /^(?:<{7}|={7}|>{7}|\|{7})/.test(text)
    ? [`${name} has a merge conflict`, `Keep the lines of either side, ${again}`]
    : twice !== undefined
      ? [`${name} pins ${twice.reference} for ${twice.platform} twice`, `Keep one of the lines, ${again}`]
      : [`${name} cannot be read`, `Mend the line, ${again} It may also be from a newer pycontainer.`];
  return new PycontainerError('lock-syntax', message, {
    hint,
    location: { file: name, line, column: 1, length: text.length, text },
  });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new PycontainerError('file-unreadable', `${file} cannot be read (${systemCode(error) ?? 'unknown reason'})`, {
      cause: error,
    });
  }
}
