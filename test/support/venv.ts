import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface VenvSpec {
  /** `python3.12` when absent. */
  readonly library?: string;
  readonly packages?: readonly VenvPackage[];
  /** Further files, relative to the venv. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface VenvPackage {
  readonly name: string;
  /** `1.0` when absent. */
  readonly version?: string;
  /** `py3-none-any` when absent. */
  readonly tag?: string;
  /** Relative to site-packages; RECORD lists them. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Lines that METADATA gets after its version. */
  readonly metadata?: readonly string[];
  /** Texts of further files in .dist-info, by name; undefined leaves out one that would be there. */
  readonly info?: Readonly<Record<string, string | undefined>>;
}

/** Writes a virtual environment as pip leaves it, without an interpreter. */
export function writeVenv(folder: string, { library = 'python3.12', packages = [], files = {} }: VenvSpec = {}): void {
  const site = `lib/${library}/site-packages`;
  write(folder, 'pyvenv.cfg', `home = /usr/bin\nversion = ${library.replace(/[a-z]+/g, '')}.1\n`);
  mkdirSync(path.join(folder, site), { recursive: true });
  for (const item of packages) writePackage(path.join(folder, site), item);
  for (const [name, text] of Object.entries(files)) write(folder, name, text);
}

function writePackage(site: string, { name, version = '1.0', tag = 'py3-none-any', ...rest }: VenvPackage): void {
  const folder = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const info: Record<string, string | undefined> = {
    METADATA: ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, ...(rest.metadata ?? []), ''].join(
      '\n',
    ),
    WHEEL: `Wheel-Version: 1.0\nTag: ${tag}\n`,
    INSTALLER: 'pip\n',
    ...rest.info,
  };
  const infoFiles = Object.entries(info).map(([file, text]) => [`${folder}/${file}`, text] as const);
  const all = [...Object.entries(rest.files ?? {}), ...infoFiles];
  const rows = all.map(([file, data = '']) => `${file},sha256=${sha256(data)},${Buffer.byteLength(data)}\n`);
  const record = 'RECORD' in info ? [] : [[`${folder}/RECORD`, `${rows.join('')}${folder}/RECORD,,\n`] as const];
  for (const [file, data] of [...all, ...record]) if (data !== undefined) write(site, file, data);
}

function write(folder: string, name: string, data: string | Buffer): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, data);
  if (path.basename(path.dirname(file)) === 'bin') chmodSync(file, 0o755);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url');
}
