import fs from 'node:fs';
import { runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';

/** An OCI layout that umoci adds layers to. It installs nothing: it is given trees that are there. */
export class UmociPeer {
  readonly #folder: string;

  /** Begins with an empty image, or with a copy of another layout's `latest`. */
  static async create(bench: Bench, name: string, from?: string): Promise<UmociPeer> {
    const folder = bench.path(`umoci-${name}`);
    fs.rmSync(folder, { recursive: true, force: true });
    const signal = bench.bounded();
    if (from !== undefined) fs.cpSync(from, folder, { recursive: true });
    else {
      await runProgram(['umoci', 'init', '--layout', folder], { signal });
      await runProgram(['umoci', 'new', '--image', `${folder}:latest`], { signal });
    }
    return new UmociPeer(folder);
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Adds a folder as one layer, under a tag of its own, so that the next one begins where this one did. */
  async insert(tree: string, place: string, options: InsertOptions): Promise<{ peakBytes?: number }> {
    const { from = 'latest', to = 'made', signal, peakFile } = options;
    const image = `${this.#folder}:${from}`;
    const command = ['umoci', 'insert', '--image', image, '--tag', to, tree, place];
    return runProgram(command, { signal, ...(peakFile === undefined ? {} : { peakFile }) });
  }
}

interface InsertOptions {
  readonly signal: AbortSignal;
  readonly from?: string;
  readonly to?: string;
  readonly peakFile?: string;
}
