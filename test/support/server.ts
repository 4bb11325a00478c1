import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** What was asked, in order: `GET /path?query`. */
  readonly requests: string[];
}

/** Serves on a free loopback port until disposed of; with `tls` over HTTPS. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  tls?: { key: string; cert: string },
): Promise<TestServer> {
  const requests: string[] = [];
  const recorded: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void listener(request, response);
  };
  const server = tls === undefined ? createServer(recorded) : createTlsServer(tls, recorded);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
