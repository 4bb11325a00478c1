import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Daemon, freePort, startDaemon, temporaryFolder } from './daemon.ts';

export interface DockerRegistry extends Daemon {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly url: string;
}

export interface DockerRegistryOptions {
  /** The `auth` section of its configuration. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** Paths of PEM files: then it speaks HTTPS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Other sections of its configuration. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

const attempts = 5;

/** CNCF's registry from Debian's package, with an empty storage of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnFreePort(options);
    } catch (error) {
      // Somebody else may have taken the port since.
      if (attempt === attempts || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function startOnFreePort({ auth, tls, sections }: DockerRegistryOptions): Promise<DockerRegistry> {
  const folder = temporaryFolder('registry');
  const host = `127.0.0.1:${await freePort()}`;
  const config = path.join(folder, 'config.yml');
  const settings = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'storage') }, delete: { enabled: true } },
    http: { addr: host, ...(tls === undefined ? {} : { tls }) },
    ...(auth === undefined ? {} : { auth }),
    ...sections,
  };
  await writeFile(config, JSON.stringify(settings));
  const url = `${tls === undefined ? 'http' : 'https'}://${host}`;
  const daemon = await startDaemon({
    command: 'docker-registry',
    args: ['serve', config],
    isReady: async () => answers(host),
  });
  return {
    ...daemon,
    host,
    url,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether anything at all comes back: a registry with TLS says 400 to plain HTTP, one with a login 401. */
async function answers(host: string): Promise<boolean> {
  return (await fetch(`http://${host}/v2/`)).status < 500;
}
