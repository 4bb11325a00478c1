import { PycontainerError } from '../errors.ts';
import type { Engine, EngineResponse } from './engine.ts';
import { plainWords } from './failure.ts';

/**
 * Reads what an engine tells while it works, to its end.
 * @throws PycontainerError 'engine-answer' with the engine's words: such work fails in the middle of an answer of 200
 */
export async function finished({ name }: Engine, { body }: EngineResponse): Promise<void> {
  for await (const line of lines(body)) {
    const says = errorIn(line);
    if (says !== undefined) throw new PycontainerError('engine-answer', `${name} says: ${plainWords(says)}`);
  }
}

async function* lines(body: AsyncIterable<unknown>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  yield rest;
}

function errorIn(line: string): string | undefined {
  if (!line.includes('"error"')) return undefined;
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null || !('error' in message)) return undefined;
    return typeof message.error === 'string' && message.error !== '' ? message.error : undefined;
  } catch {
    return undefined;
  }
}
