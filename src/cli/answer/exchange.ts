import { createHash } from 'node:crypto';
import type { EngineExchange } from '../../engine/exchange.ts';
import type { Mark } from './mark.ts';

const word = 'engine ';
/** How long an engine may take: one that is busy is asked again by a plan. */
const patienceMs = 2_000;
/** More than an engine says of one image. */
const mostBytes = 1 << 20;

export function lookOfExchange({ socket, path }: Pick<EngineExchange, 'socket' | 'path'>): string {
  return word + JSON.stringify([socket, path]);
}

export function markOfExchange({ status, text }: Pick<EngineExchange, 'status' | 'text'>): Mark {
  return { text: `${status} ${createHash('sha256').update(text).digest('hex')}`, changedNs: 0n };
}

export function isExchange(look: string): boolean {
  return look.startsWith(word);
}

/** Asks an engine the same once more. @returns the mark of its answer; undefined where it gives none */
export async function askAgain(look: string): Promise<string | undefined> {
  const [socketPath, path] = JSON.parse(look.slice(word.length)) as [socket: string, path: string];
  const { get } = await import('node:http');
  return new Promise((resolve) => {
    const request = get({ socketPath, path, agent: false, timeout: patienceMs }, (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes > mostBytes) request.destroy();
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve(markOfExchange({ status: response.statusCode ?? 0, text }).text);
      });
      response.on('close', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
