import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HugeWheel } from './huge-wheel.ts';
import { serve, type TestServer } from './server.ts';

export interface HugeIndex extends TestServer {
  /** For `requirements.txt`. */
  readonly requirements: string;
  /** The ranges of the wheel that were asked for, in order; `all` for the whole. */
  readonly asked: readonly string[];
  /** Where the first answer broke off, in bytes. */
  readonly brokenAt: number;
}

/** An index with one wheel, read from its file. The first answer with it ends at half of it, as when a network breaks. */
export async function serveHugeWheel(wheel: HugeWheel): Promise<HugeIndex> {
  const asked: string[] = [];
  const brokenAt = Math.floor(wheel.sizeBytes / 2);
  const server = await serve((request, response) => {
    if (request.url === '/simple/huge/') sendPage(response, wheel);
    else sendWheel(request, response);
  });
  return {
    ...server,
    requirements: `--index-url ${server.url}/simple/\nhuge==1.0 --hash=sha256:${wheel.sha256}\n`,
    asked,
    brokenAt,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };

  function sendWheel(request: IncomingMessage, response: ServerResponse): void {
    const { range = 'all' } = request.headers;
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    const start = Number(from);
    const last = to === '' ? wheel.sizeBytes - 1 : Number(to);
    const isFirst = range === 'all' && asked.length === 0;
    if (to === '') asked.push(range);
    response.writeHead(range === 'all' ? 200 : 206, {
      'content-length': last - start + 1,
      etag: `"${wheel.sha256}"`,
      ...(range !== 'all' && { 'content-range': `bytes ${start}-${last}/${wheel.sizeBytes}` }),
    });
    const end = isFirst ? brokenAt - 1 : last;
    const file = fs.createReadStream(wheel.path, { start, end, highWaterMark: 1 << 20 });
    file.on('end', () => (isFirst ? response.destroy() : response.end()));
    response.on('close', () => file.destroy());
    file.pipe(response, { end: false });
  }
}

function sendPage(response: ServerResponse, { filename, sha256 }: HugeWheel): void {
  const link = `<a href="../../${filename}#sha256=${sha256}">${filename}</a>`;
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!DOCTYPE html><html><body>${link}</body></html>`);
}
