import { Worker } from 'node:worker_threads';
import { PycontainerError } from '../errors.ts';
import type { Answer, Hands, Job, JobPiece, WorkSettings } from './job.ts';
import { inOwnMemory } from './own-memory.ts';
import { LayerWork } from './work.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** Jobs that wait at a worker, so that it never waits itself. */
const jobsAhead = 2;

/**
 * Worker threads that do jobs of layers, of any number at once. They start when they are first needed and do not keep
 * the process alive while nothing is asked of them. Where one cannot be started or comes to an end, no further one is,
 * and what it leaves undone is done in this thread.
 */
export class Workers {
  readonly #entry: URL;
  readonly #most: number;
  readonly #workers = new Set<WorkerHandle>();
  #waiting: Request[] = [];
  #layers = 0;
  #isBroken = false;

  /** `entry` is the program, see worker.ts; `most` how many there may be. */
  constructor(entry: URL, most: number) {
    this.#entry = entry;
    this.#most = most;
  }

  /** Those who do the jobs of one layer. */
  forLayer(settings: WorkSettings): Hands {
    const layer = new OpenLayer(++this.#layers, settings);
    return {
      do: async <J extends Job>(job: J): Promise<Answer<J>> => {
        const answer = new Promise<Answer<Job>>((resolve, reject) => {
          this.#waiting.push({ layer, job, resolve, reject });
        });
        this.#assign();
        return (await answer) as Answer<J>;
      },
      close: () => {
        this.#waiting = this.#waiting.filter((request) => request.layer !== layer);
        for (const worker of this.#workers) worker.forget(layer);
        layer.close();
      },
    };
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#freest();
      if (worker === undefined && this.#workers.size > 0) return;
      const request = this.#waiting.shift();
      if (request === undefined) return;
      if (worker === undefined) doHere(request);
      else worker.ask(request);
    }
  }

  /** An idle one, or a new one while there may be more, or one with a job but none ahead. */
  #freest(): WorkerHandle | undefined {
    let freest: WorkerHandle | undefined;
    for (const worker of this.#workers) if (freest === undefined || worker.asked < freest.asked) freest = worker;
    if (freest?.asked === 0) return freest;
    if (!this.#isBroken && this.#workers.size < this.#most) return this.#start();
    return freest !== undefined && freest.asked < jobsAhead ? freest : undefined;
  }

  #start(): WorkerHandle | undefined {
    try {
      const worker = new WorkerHandle(this.#entry, {
        onAnswer: () => this.#assign(),
        onEnd: (undone) => {
          this.#isBroken = true;
          this.#workers.delete(worker);
          for (const request of undone) doHere(request);
          this.#assign();
        },
      });
      this.#workers.add(worker);
      return worker;
    } catch {
      this.#isBroken = true;
      return undefined;
    }
  }
}

interface Request {
  readonly layer: OpenLayer;
  readonly job: Job;
  readonly resolve: (answer: Answer<Job>) => void;
  readonly reject: (error: unknown) => void;
}

/** A layer that is being made. */
class OpenLayer {
  readonly id: number;
  readonly settings: WorkSettings;
  #here: LayerWork | undefined;
  #isOpen = true;

  constructor(id: number, settings: WorkSettings) {
    this.id = id;
    this.settings = settings;
  }

  /** For jobs that no worker does; undefined when none need to be done any more. */
  here(): LayerWork | undefined {
    if (this.#isOpen) this.#here ??= new LayerWork(this.settings, { usesPool: true });
    return this.#here;
  }

  close(): void {
    this.#isOpen = false;
    this.#here?.close();
    this.#here = undefined;
  }
}

function doHere({ layer, job, resolve, reject }: Request): void {
  const work = layer.here();
  if (work === undefined) return;
  work.do(job).then(resolve, reject);
}

interface Listener {
  readonly onAnswer: () => void;
  readonly onEnd: (undone: readonly Request[]) => void;
}

/** One thread, which answers in the order in which it is asked. */
class WorkerHandle {
  readonly #thread: Worker;
  readonly #asked: Request[] = [];
  readonly #known = new Set<OpenLayer>();

  constructor(entry: URL, { onAnswer, onEnd }: Listener) {
    this.#thread = new Worker(entry, { name: 'layers', resourceLimits: { maxYoungGenerationSizeMb: 6 } });
    this.#thread.unref();
    this.#thread.on('message', (answer: FromWorker) => {
      this.#take(answer);
      onAnswer();
    });
    // It ends then; what it leaves is done elsewhere.
    this.#thread.on('error', () => {});
    this.#thread.on('exit', () => onEnd(this.#asked.splice(0)));
  }

  get asked(): number {
    return this.#asked.length;
  }

  ask(request: Request): void {
    const { layer, job } = request;
    if (!this.#known.has(layer)) this.#send({ layer: layer.id, settings: layer.settings });
    this.#known.add(layer);
    if (this.#asked.push(request) === 1) this.#thread.ref();
    this.#send({ layer: layer.id, job: sendable(job) });
  }

  forget(layer: OpenLayer): void {
    if (this.#known.delete(layer)) this.#send({ layer: layer.id });
  }

  #send(message: ToWorker): void {
    this.#thread.postMessage(message, []);
  }

  #take(answer: FromWorker): void {
    const request = this.#asked.shift();
    if (this.#asked.length === 0) this.#thread.unref();
    if ('error' in answer) request?.reject(errorOf(answer.error));
    else request?.resolve(answer.answer);
  }
}

function sendable(job: Job): Job {
  return job.kind === 'encode' ? { ...job, pieces: job.pieces.map(sendablePiece) } : job;
}

function sendablePiece(piece: JobPiece): JobPiece {
  if (piece.kind === 'slice') return { ...piece, bytes: inOwnMemory(piece.bytes) };
  if (piece.kind === 'carried') return piece;
  const segments = piece.segments.map(({ literalBytes, file }) => {
    if (file?.content.kind !== 'bytes') return { literalBytes, ...(file && { file }) };
    const content = { kind: 'bytes', bytes: inOwnMemory(file.content.bytes) } as const;
    return { literalBytes, file: { ...file, content } };
  });
  return { ...piece, segments };
}

function errorOf(error: Extract<FromWorker, { error: unknown }>['error']): Error {
  if ('thrown' in error) return error.thrown;
  const { code, message, hint, cause } = error;
  return new PycontainerError(code, message, { hint, cause });
}
