import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** In dpkg's words (`amd64`, `arm64`); absent: this machine's. */
export interface DebianPythonOptions {
  readonly architecture?: string;
}

/** What is followed from the roots: the interpreter and libraries. Tools of the package system are left out. */
const followed = /^(python3|lib|zlib)/;
const withoutDependencies: readonly string[] = ['dash', 'base-files'];
const merged: readonly string[] = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const leftOut: readonly string[] = ['doc', 'man', 'locale', 'lintian', 'bug', 'doc-base', 'info'];
/** Of servers that break off. */
const retries = '-oAcquire::Retries=5';
const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const group = 'root:x:0:\nnogroup:x:65534:\n';

/**
 * Makes a root file system with the distribution's own Python, below `directory`, from packages and without root. The
 * folder is named after the packages' versions: when it is there already it is given at once. Needs apt-get and dpkg.
 */
export async function debianPython(directory: string, options: DebianPythonOptions = {}): Promise<string> {
  fs.mkdirSync(directory, { recursive: true });
  const own = run('dpkg', ['--print-architecture']).trim();
  const architecture = options.architecture ?? own;
  const apt = architecture === own ? [] : foreignApt(path.resolve(directory), architecture);
  const packages = chosenPackages(apt);
  const identity = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 16);
  const finished = path.join(path.resolve(directory), `debian-python-${architecture}-${identity}`);
  if (fs.existsSync(finished)) return finished;
  const temporary = fs.mkdtempSync(path.join(directory, 'unfinished-'));
  try {
    const root = path.join(temporary, 'root');
    unpack(packages, apt, temporary, root);
    complete(root);
    publish(root, finished);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return finished;
}

/** `name=version` of each, sorted. */
function chosenPackages(apt: readonly string[]): readonly string[] {
  const release = /python(3\.\d+)-minimal/.exec(aptCache(apt, ['depends', 'python3-minimal']))?.[1];
  if (release === undefined) throw new Error('apt knows no python3-minimal: run "apt-get update" (as root) first');
  const roots = ['python3-minimal', `libpython${release}-stdlib`, 'libstdc++6'];
  const quiet = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const graph = dependencies(aptCache(apt, ['depends', '--recurse', ...quiet, ...roots]));
  const names = new Set(roots);
  for (const name of names) {
    for (const needed of graph.get(name) ?? []) if (followed.test(needed)) names.add(needed);
  }
  const wanted = [...names, ...withoutDependencies].sort();
  const candidates = new Map(
    [...aptCache(apt, ['policy', ...wanted]).matchAll(/^(\S+):\n(?: .*\n)*? {2}Candidate: (\S+)$/gm)].map((match) => [
      match[1],
      match[2],
    ]),
  );
  return wanted.flatMap((name) => {
    const version = candidates.get(name);
    return version === undefined || version === '(none)' ? [] : [`${name}=${version}`];
  });
}

/** Reads what `apt-cache depends --recurse` prints; of alternatives all are taken that exist. */
function dependencies(text: string): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, string[]>();
  let needed: string[] = [];
  for (const line of text.split('\n')) {
    const dependency = /^ [ |](?:Pre)?Depends: ([^<\s]+)$/.exec(line)?.[1];
    if (dependency !== undefined) needed.push(dependency.replace(/:.*/, ''));
    else if (/^[^\s<]/.test(line)) graph.set(line.trim(), (needed = []));
  }
  return graph;
}

function unpack(packages: readonly string[], apt: readonly string[], folder: string, root: string): void {
  run('apt-get', [...apt, retries, 'download', ...packages], folder);
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.deb'));
  const stanzas = files.sort().map((file) => {
    run('dpkg-deb', ['-x', file, root], folder);
    return run('dpkg-deb', ['-f', file], folder).replace('\n', '\nStatus: install ok installed\n');
  });
  write(root, 'var/lib/dpkg/status', stanzas.join('\n'));
}

/** What maintainer scripts would have done: the merged /usr, a shell, the accounts. */
function complete(root: string): void {
  for (const name of merged) mergeIntoUsr(root, name);
  for (const name of leftOut) fs.rmSync(path.join(root, 'usr/share', name), { recursive: true, force: true });
  linkIfMissing(root, 'usr/bin/sh', 'dash');
  write(root, 'etc/passwd', passwd);
  write(root, 'etc/group', group);
}

/** `bin` becomes a link to `usr/bin`, its files move there. Packages before Debian 13 still bring some in `bin`. */
function mergeIntoUsr(root: string, name: string): void {
  const folder = path.join(root, name);
  const target = path.join(root, 'usr', name);
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) move(folder, target);
  if (fs.existsSync(target)) linkIfMissing(root, name, `usr/${name}`);
}

/** Folders that are in both places become one. */
function move(from: string, to: string): void {
  if (!fs.existsSync(to)) return fs.renameSync(from, to);
  for (const name of fs.readdirSync(from)) move(path.join(from, name), path.join(to, name));
  fs.rmdirSync(from);
}

/** Readable for all, whatever the umask. */
function write(root: string, name: string, text: string): void {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  fs.chmodSync(file, 0o644);
}

function linkIfMissing(root: string, name: string, target: string): void {
  const link = path.join(root, name);
  if (fs.lstatSync(link, { throwIfNoEntry: false }) === undefined) fs.symlinkSync(target, link);
}

/** Another process may have been faster; both made the same. */
function publish(root: string, finished: string): void {
  try {
    fs.renameSync(root, finished);
  } catch (error) {
    if (!fs.existsSync(finished)) throw error;
  }
}

/** Package lists and a cache of their own, so that the machine's stay as they are. */
function foreignApt(directory: string, architecture: string): readonly string[] {
  const state = path.join(directory, `apt-${architecture}`);
  const options = [
    `-oAPT::Architecture=${architecture}`,
    `-oAPT::Architectures=${architecture}`,
    `-oDir::State::Lists=${state}/lists`,
    `-oDir::State::status=${state}/status`,
    `-oDir::Cache=${state}/cache`,
    '-oAPT::Sandbox::User=root',
  ];
  const isNew = !fs.existsSync(path.join(state, 'updated'));
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    fs.mkdirSync(path.join(state, folder), { recursive: true });
  }
  if (isNew) {
    fs.writeFileSync(path.join(state, 'status'), '');
    run('apt-get', [...options, retries, 'update', '-q']);
    fs.writeFileSync(path.join(state, 'updated'), '');
  }
  return options;
}

function aptCache(apt: readonly string[], args: readonly string[]): string {
  return run('apt-cache', [...apt, ...args]);
}

/** In the C locale, since answers are read. Throws with what the command said. */
function run(command: string, args: readonly string[], folder?: string): string {
  try {
    return execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const hint = command === 'apt-get' ? '; if package lists are missing or old, run "apt-get update" first' : '';
    throw new Error(`${command} ${args.join(' ')} failed: ${said}${hint}`, { cause: error });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [directory, architecture] = process.argv.slice(2);
  if (directory === undefined) throw new Error('usage: node scripts/debian-python.ts DIRECTORY [ARCHITECTURE]');
  console.log(await debianPython(directory, architecture === undefined ? {} : { architecture }));
}
