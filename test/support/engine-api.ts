import { once } from 'node:events';
import fs from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { startDaemon, temporaryFolder } from './daemon.ts';
import { startDocker, startPodman, type TestEngine } from './engine.ts';

/** An engine with the socket at which its API is served. Disposing of it ends both. */
export interface ServedEngine extends AsyncDisposable {
  readonly client: TestEngine;
  /** Absolute path. */
  readonly socket: string;
}

/** Docker serves its API as it is; Podman through a process of its own, which is started here. */
export async function startServed(name: TestEngine['name']): Promise<ServedEngine> {
  if (name === 'docker') {
    const client = await startDocker();
    const socket = (client.command.at(-1) ?? '').replace('unix://', '');
    return { client, socket, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  }
  const client = await startPodman();
  const folder = temporaryFolder('podman-api');
  const socket = path.join(folder, 'podman.sock');
  const [command = '', ...flags] = client.command;
  const args = [...flags, 'system', 'service', '--time', '0', `unix://${socket}`];
  const settings = path.join(folder, 'containers.conf');
  fs.writeFileSync(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const env = { CONTAINERS_CONF: settings };
  const daemon = await startDaemon({ command, args, env, isReady: async () => fs.existsSync(socket) });
  return {
    client,
    socket,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A socket that leads to another one. */
export interface Wire extends AsyncDisposable {
  /** Absolute path. */
  readonly socket: string;
  /** Bytes that went to the other one since this was last asked. */
  readonly sentBytes: () => number;
}

/** Stands before an engine's socket and counts what it is sent, requests and all. */
export async function wireTo(socket: string): Promise<Wire> {
  const folder = temporaryFolder('wire');
  const place = path.join(folder, 'engine.sock');
  const open = new Set<Socket>();
  let bytes = 0;
  const server = createServer((client) => {
    const engine = connect(socket);
    for (const one of [client, engine]) {
      open.add(one);
      one.on('error', () => client.destroy()).once('close', () => open.delete(one));
    }
    client.on('data', (chunk) => {
      bytes += chunk.length;
    });
    client.pipe(engine).pipe(client);
  }).listen(place);
  await once(server, 'listening');
  return {
    socket: place,
    sentBytes: () => {
      const sent = bytes;
      bytes = 0;
      return sent;
    },
    async [Symbol.asyncDispose]() {
      for (const one of open) one.destroy();
      server.close();
      await once(server, 'close');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
