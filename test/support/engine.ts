import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startDaemon, temporaryFolder, waitFor } from './daemon.ts';

/** Docker or Podman with images and containers of its own. Disposing of it removes them all. */
export interface TestEngine extends AsyncDisposable {
  readonly name: 'docker' | 'podman';
  /** The client with the flags that lead to this engine, for those who start it themselves; needs `env`. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command of the client; gives what it wrote on stdout, without the last line's end. */
  readonly run: (...args: string[]) => Promise<string>;
  /** Starts a container that shares the host's network; gives its id. */
  readonly runDetached: (image: string) => Promise<string>;
  readonly pull: (image: string) => Promise<string>;
}

const execute = promisify(execFile);

async function client(
  [program = '', ...flags]: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { stdout } = await execute(program, [...flags, ...args], { maxBuffer: 1 << 26, env });
  return stdout.trimEnd();
}

/** Debian's client where it is there: another one in PATH may speak only to newer daemons. */
function dockerClient(): string {
  return existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
}

/** A daemon of our own on a socket of its own, without networks: containers take the host's. */
export async function startDocker(): Promise<TestEngine> {
  const folder = temporaryFolder('docker');
  const socket = `unix://${path.join(folder, 'docker.sock')}`;
  const env = { ...process.env, DOCKER_CONFIG: path.join(folder, 'config') };
  const command = [dockerClient(), '-H', socket];
  const run = (...args: string[]): Promise<string> => client(command, args, env);
  const daemon = await startDaemon({
    command: 'dockerd',
    args: [
      ['--data-root', path.join(folder, 'data')],
      ['--exec-root', path.join(folder, 'exec')],
      ['-p', path.join(folder, 'pid')],
      ['-H', socket],
      ['--iptables=false', '--bridge=none', '--storage-driver=overlay2'],
    ].flat(),
    isReady: async () => (await run('version', '--format', '{{.Server.Version}}')) !== '',
  });
  return engine({ name: 'docker', command, env, run }, async () => {
    await daemon[Symbol.asyncDispose]();
    await removeFolder(folder);
  });
}

/** Podman needs no daemon; its storage is its own. */
export async function startPodman(): Promise<TestEngine> {
  const folder = temporaryFolder('podman');
  const flags = [
    ['--root', path.join(folder, 'root'), '--runroot', path.join(folder, 'run')],
    ['--tmpdir', path.join(folder, 'tmp'), '--storage-driver', 'overlay'],
    ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
  ].flat();
  const command = ['podman', ...flags];
  const { env } = process;
  const run = (...args: string[]): Promise<string> => client(command, args, env);
  return engine({ name: 'podman', command, env, run }, async () => removeFolder(folder));
}

/** Engines leave mounts behind, such as the host's network namespace. */
async function removeFolder(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const left = mounts.split('\n').flatMap((line) => {
    const [, place = ''] = line.split(' ');
    return place.startsWith(`${folder}/`) ? [place] : [];
  });
  for (const place of left.reverse()) await client(['umount'], [place], process.env);
  await rm(folder, { recursive: true, force: true });
}

const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

type Client = Pick<TestEngine, 'name' | 'command' | 'env' | 'run'>;

function engine(client: Client, stop: () => Promise<void>): TestEngine {
  const { name, run } = client;
  return {
    ...client,
    runDetached: (image) =>
      run('run', '--detach', '--network', 'host', ...(name === 'podman' ? limits : []), '--pull', 'never', image),
    pull: (image) => run('pull', '--quiet', ...(name === 'podman' ? ['--tls-verify=false'] : []), image),
    async [Symbol.asyncDispose]() {
      try {
        const containers = (await run('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
        if (containers.length > 0)
          await run('rm', '--force', ...(name === 'podman' ? ['--time', '0'] : []), ...containers);
        await run('network', 'prune', '--force');
        await removeImages(run);
      } finally {
        await stop();
      }
    },
  };
}

/** One that another stands on goes after that one, in the next round. */
async function removeImages(run: Client['run']): Promise<void> {
  for (let rounds = 0; rounds < 5; rounds += 1) {
    const images = (await run('images', '--all', '--quiet', '--no-trunc')).split('\n').filter((id) => id !== '');
    if (images.length === 0) return;
    await run('rmi', '--force', ...new Set(images)).catch(() => undefined);
  }
}

/** Waits until the container's app answers over HTTP, and gives the answer; throws the container's log if it ends before. */
export async function answerOf(engine: TestEngine, container: string, url: string): Promise<string> {
  let answer: string | undefined;
  await waitFor(async () => {
    answer = await fetch(url).then(
      async (response) => response.text(),
      () => undefined,
    );
    return answer !== undefined || (await stateOf(engine, container)) !== 'running';
  }, `${url} to answer`);
  if (answer !== undefined) return answer;
  throw new Error(`the container ended: ${await engine.run('logs', container)}`);
}

function stateOf({ run }: TestEngine, container: string): Promise<string> {
  return run('inspect', '--format', '{{.State.Status}}', container);
}
