import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { keepYoungSmall } from '../store/garbage.ts';
import type { Answer, Hands, Job, WorkSettings } from './job.ts';
import { LayerWork } from './work.ts';
import { Workers } from './workers.ts';

declare const PYCONTAINER_WORKER: string | undefined;

/** So much is made before workers would have started. */
const worthWorkersBytes = 32 << 20;
/** How much less there is to do where most pieces are kept. */
const keptShare = 8;
/** More do not help: the thread that joins their work would be the slowest. */
const mostWorkers = 6;

const program = typeof PYCONTAINER_WORKER === 'string' ? PYCONTAINER_WORKER : './worker.ts';
const shared = new Workers(new URL(program, import.meta.url), Math.min(availableParallelism(), mostWorkers));

/** Of the layers that this process has made anew. */
let madeBytes = 0;

/**
 * This thread and the pool of Node.js for the first layers of a process, which in most runs are all; worker threads when
 * there is more to do. `sizeBytes` is the layer's.
 */
export function handsFor(settings: WorkSettings, sizeBytes: number): Hands {
  const hasKept = settings.kept !== undefined && settings.kept.pieces.length > 0;
  if (!hasKept) madeBytes += sizeBytes;
  const isMuch = hasKept ? sizeBytes / keptShare >= worthWorkersBytes : madeBytes >= worthWorkersBytes;
  if (!isMuch) return new ThisThread(settings);
  keepYoungSmall();
  return shared.forLayer(settings);
}

/** Does each job in a turn of its own, so that signals and timers come through. */
class ThisThread implements Hands {
  readonly #work: LayerWork;
  #isOpen = true;

  constructor(settings: WorkSettings) {
    this.#work = new LayerWork(settings, { usesPool: true });
  }

  async do<J extends Job>(job: J): Promise<Answer<J>> {
    await setImmediate();
    if (!this.#isOpen) return never;
    return this.#work.do(job);
  }

  close(): void {
    this.#isOpen = false;
    this.#work.close();
  }
}

const never = new Promise<never>(() => {});
