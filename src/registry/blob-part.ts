import type { HttpResponse } from '../http.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import type { BlobPart } from './blob-stream.ts';

/** The headers of a request for a blob's bytes from `offset` on. */
export function rangeFrom(offset: number): Record<string, string> {
  return offset === 0 ? {} : { range: `bytes=${offset}-` };
}

/**
 * The bytes that an answer to {@link rangeFrom} brings; undefined when it brings none. A server may begin at 0 whatever
 * it was asked. @throws PycontainerError 'digest-mismatch' for a whole blob of another size
 */
export function partIn(response: HttpResponse, offset: number, descriptor: Descriptor): BlobPart | undefined {
  if (response.status === 206 && rangeStart(response) === offset) return { offset, body: response.body };
  if (response.status !== 200) return undefined;
  refuseOtherSize(descriptor, response);
  return { offset: 0, body: response.body };
}

function rangeStart(response: HttpResponse): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

function refuseOtherSize({ digest, size }: Descriptor, response: HttpResponse): void {
  const announced = response.headers['content-length'];
  if (announced === undefined || Number(announced) === size) return;
  response.body.destroy();
  const { host } = new URL(response.url);
  throw new PycontainerError(
    'digest-mismatch',
    `${host} has ${announced} bytes as ${digest}, and ${size} are expected`,
    {
      hint: 'A proxy or a mirror may have changed it, or the registry is damaged.',
    },
  );
}
