import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Daemon, freePort, startDaemon, temporaryFolder } from './daemon.ts';

export interface DockerRegistry extends Daemon {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly url: string;
}

/** CNCF's registry from Debian's package, with an empty storage of its own. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const folder = temporaryFolder('registry');
  const host = `127.0.0.1:${await freePort()}`;
  const config = path.join(folder, 'config.yml');
  const settings = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'storage') }, delete: { enabled: true } },
    http: { addr: host },
  };
  await writeFile(config, JSON.stringify(settings));
  const url = `http://${host}`;
  const daemon = await startDaemon({
    command: 'docker-registry',
    args: ['serve', config],
    isReady: async () => (await fetch(`${url}/v2/`)).ok,
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
