import { execFile } from 'node:child_process';
import { copyFileSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { hostPlatform } from '../../src/oci/platform.ts';
import { type Daemon, startDaemon } from './daemon.ts';

const execute = promisify(execFile);
const emulators: Readonly<Record<string, string>> = { amd64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' };

/** Programs that {@link unpackImage} needs; `root` besides. */
export const unpackParts: readonly string[] = ['skopeo', 'umoci', 'qemu-aarch64-static'];

/** What umoci writes for a runtime. */
interface RuntimeConfig {
  readonly process: {
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly user: { readonly uid: number; readonly gid: number };
  };
}

/** An image as files, run by chroot: natively, or by an emulator where the image is for another architecture. */
export interface UnpackedImage {
  readonly root: string;
  /** Runs a command with the image's environment, as root; gives what it wrote on stdout. */
  readonly run: (...args: string[]) => Promise<string>;
  /** Starts what the image starts, as its user. The working folder is the root. */
  readonly start: (isReady: () => Promise<boolean>) => Promise<Daemon>;
}

/** Takes the image of one architecture out of a layout's index, with skopeo, and unpacks it with umoci. */
export async function unpackImage(layout: string, architecture: string, folder: string): Promise<UnpackedImage> {
  const single = path.join(folder, `${architecture}-layout`);
  const bundle = path.join(folder, `${architecture}-bundle`);
  const select = ['--insecure-policy', `--override-arch=${architecture}`];
  await execute('skopeo', ['copy', '--quiet', ...select, `oci:${layout}`, `oci:${single}:one`]);
  await execute('umoci', ['unpack', '--image', `${single}:one`, bundle]);
  const root = path.join(bundle, 'rootfs');
  const emulator = architecture === hostPlatform().architecture ? [] : [installEmulator(root, architecture)];
  const { args, env, user } = (JSON.parse(readFileSync(path.join(bundle, 'config.json'), 'utf8')) as RuntimeConfig)
    .process;
  const command = (words: readonly string[], who: string): string[] => {
    const program = resolveProgram(root, env, words);
    return ['-i', ...env, '/usr/sbin/chroot', `--userspec=${who}`, root, ...emulator, ...program];
  };
  return {
    root,
    run: async (...words) => (await execute('env', command(words, '0:0'), { maxBuffer: 1 << 26 })).stdout.trimEnd(),
    start: (isReady) => startDaemon({ command: 'env', args: command(args, `${user.uid}:${user.gid}`), isReady }),
  };
}

/** Gives its path in the root. Being static, it needs nothing of what is there. */
function installEmulator(root: string, architecture: string): string {
  const name = emulators[architecture];
  if (name === undefined) throw new Error(`no emulator for ${architecture} is known`);
  copyFileSync(path.join('/usr/bin', name), path.join(root, name));
  return `/${name}`;
}

/** What the kernel would do: found along PATH, and a script given to its interpreter. */
function resolveProgram(root: string, env: readonly string[], [name = '', ...args]: readonly string[]): string[] {
  const folders = env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  const places = name.includes('/') ? [name] : folders.split(':').map((folder) => path.join(folder, name));
  const place = places.find((file) => lstatSync(path.join(root, file), { throwIfNoEntry: false }) !== undefined);
  if (place === undefined) throw new Error(`${name} is not in ${folders}`);
  return [...interpreterOf(path.join(root, place)), place, ...args];
}

/** The words behind `#!`, for a script; links are programs here. */
function interpreterOf(file: string): readonly string[] {
  if (!lstatSync(file).isFile()) return [];
  const [line = ''] = readFileSync(file, 'latin1').split('\n', 1);
  return line.startsWith('#!') ? line.slice(2).trim().split(' ') : [];
}
