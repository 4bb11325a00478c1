import { parentPort } from 'node:worker_threads';
import { type ErrorCode, PycontainerError } from '../errors.ts';
import type { Answer, Job, WorkSettings } from './job.ts';
import { freeMemory } from './own-memory.ts';
import { LayerWork } from './work.ts';

// The program of a worker thread: it does jobs of layers, one after the other.

/** Begins a layer, asks for a job of it, or ends it. */
export type ToWorker =
  | { readonly layer: number; readonly settings: WorkSettings }
  | { readonly layer: number; readonly job: Job }
  | { readonly layer: number };

export type FromWorker = { readonly answer: Answer<Job> } | { readonly error: SentError };

/** Errors lose their class on the way between threads. */
type SentError =
  | { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined; readonly cause: unknown }
  | { readonly thrown: Error };

const layers = new Map<number, LayerWork>();
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToWorker) => {
  last = last.then(async () => take(message));
});

async function take(message: ToWorker): Promise<void> {
  if ('settings' in message) layers.set(message.layer, new LayerWork(message.settings, { usesPool: false }));
  else if ('job' in message) await reply(message.layer, message.job);
  else {
    layers.get(message.layer)?.close();
    layers.delete(message.layer);
  }
}

async function reply(layer: number, job: Job): Promise<void> {
  try {
    const answer = await layers.get(layer)?.do(job);
    freeCopies(job);
    send({ answer }, answer !== undefined && 'raw' in answer ? [answer.raw, answer.encoded] : []);
  } catch (error) {
    send({ error: sendable(error) }, []);
  }
}

/** What was copied to this thread; the collector would let dozens of megabytes of it gather. */
function freeCopies(job: Job): void {
  for (const piece of job.kind === 'encode' ? job.pieces : []) {
    if (piece.kind === 'slice') freeMemory(piece.bytes);
    else if (piece.kind === 'batch') freeMemory(piece.literals);
  }
}

function send(message: FromWorker, bytes: readonly Uint8Array[]): void {
  parentPort?.postMessage(
    message,
    bytes.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])),
  );
}

function sendable(error: unknown): SentError {
  if (!(error instanceof PycontainerError))
    return { thrown: error instanceof Error ? error : new Error(String(error)) };
  const { code, message, hint, cause } = error;
  return { code, message, hint, cause };
}
