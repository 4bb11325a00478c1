import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Completes package-lock.json with the optional packages of other platforms that `npm install` leaves out where the
 * registry in use does not carry them. Without them `npm ci` calls the lock out of sync. They get no integrity, and on
 * a platform that is not theirs they are not fetched.
 */
interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: readonly string[];
  cpu?: readonly string[];
  libc?: readonly string[];
  optionalDependencies?: Readonly<Record<string, string>>;
  engines?: Readonly<Record<string, string>>;
}

interface Lock {
  packages: Record<string, Entry>;
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock;
const added: string[] = [];

for (const [place, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (found(place, name, version)) continue;
    const folder = lock.packages[`node_modules/${name}`] === undefined ? 'node_modules' : `${place}/node_modules`;
    lock.packages[`${folder}/${name}`] = {
      version,
      ...(dev === true ? { dev } : {}),
      optional: true,
      ...platformOf(name),
    };
    added.push(name);
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} packages of other platforms added\n`);

/** Whether the dependency is in the lock where Node would look for it. */
function found(place: string, name: string, version: string): boolean {
  const exact = !/[\^~>=<*x ]/.test(version);
  for (let folder = place; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const entry = lock.packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (entry !== undefined && (!exact || entry.version === version)) return true;
    if (folder === '') return !exact;
  }
}

/** Reads `…linux-arm64-musl` and the like as npm's os, cpu and libc. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const os = /(aix|android|darwin|freebsd|netbsd|openbsd|openharmony|sunos|win32|linux)/.exec(name)?.[1];
  const cpu = /(arm64|x64|ia32|arm|ppc64|riscv64|s390x|loong64|mips64el|wasm32)/.exec(
    name.replace('openharmony', ''),
  )?.[1];
  const libc = /linux.*musl/.test(name) ? ['musl'] : /linux.*gnu/.test(name) ? ['glibc'] : undefined;
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc }),
    ...(os === undefined ? {} : { os: [os] }),
  };
}
