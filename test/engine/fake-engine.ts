import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What answers a request; the version is taken off its path. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Something that speaks like an engine, on a Unix socket of its own. */
export interface FakeEngine extends AsyncDisposable {
  readonly folder: string;
  readonly socket: string;
  /** In order: `GET /v1.41/containers/json?all=true`. */
  readonly requests: string[];
}

export const dockerVersion = {
  Version: '28.2.2',
  ApiVersion: '1.50',
  MinAPIVersion: '1.24',
  Os: 'linux',
  Arch: 'amd64',
};

export const podmanVersion: Readonly<Record<string, unknown>> = {
  Version: '4.3.1',
  ApiVersion: '1.41',
  MinAPIVersion: '1.24',
  Os: 'linux',
  Arch: 'arm64',
  Components: [{ Name: 'Podman Engine' }, { Name: 'Conmon' }],
};

/** Answers `GET /version` with `version`, and everything else as `answers` says by `METHOD /path`. */
export async function fakeEngine(
  version: unknown = dockerVersion,
  answers: Readonly<Record<string, Answer>> = {},
): Promise<FakeEngine> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-engine-'));
  const socket = path.join(folder, 'engine.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const place = (request.url ?? '').replace(/^\/v[0-9.]+(?=\/)/, '').replace(/\?.*$/, '');
    if (place === '/version') return sendJson(response, version);
    const answer = answers[`${request.method} ${place}`];
    if (answer === undefined) return sendJson(response, { message: `no such thing: ${place}` }, 404);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    folder,
    socket,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
