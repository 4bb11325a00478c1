import { type BenchBase, makeBase } from './inputs/base.ts';
import { type PackedTars, packTars } from './inputs/packed.ts';
import { type BenchWheel, wheelsIn, writeWheels } from './inputs/wheels.ts';
import { BuildahPeer } from './peers/buildah.ts';
import { DockerPeer, dockerMissing } from './peers/docker.ts';
import { Product } from './product.ts';
import type { Bench } from './session.ts';

/** As many as the goals speak of. */
const packages = 60;

/** What several sections need, made when the first one asks for it. */
export class Fixtures {
  readonly #bench: Bench;
  readonly #wheels = new Map<number, readonly BenchWheel[]>();
  #product: Product | undefined;
  #base: Promise<BenchBase> | undefined;
  #packed: Promise<PackedTars> | undefined;
  #docker: Promise<DockerPeer | undefined> | undefined;
  #buildah: Promise<BuildahPeer | undefined> | undefined;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  product(): Product {
    return (this.#product ??= Product.prepare(this.#bench));
  }

  base(): Promise<BenchBase> {
    return (this.#base ??= makeBase(this.#bench, this.product()));
  }

  /** Wheels of about this size when they are installed; the real ones, whatever their size, where a folder was given. */
  wheels(megabytes: number): readonly BenchWheel[] {
    if (this.#bench.wheels !== undefined) return wheelsIn(this.#bench.wheels);
    const known = this.#wheels.get(megabytes);
    if (known !== undefined) return known;
    const folder = this.#bench.path(`wheels-${megabytes}`);
    const wheels = writeWheels(folder, { sizeBytes: megabytes * 1e6, packages });
    this.#wheels.set(megabytes, wheels);
    return wheels;
  }

  /** Those that the goals speak of. */
  dependencies(): readonly BenchWheel[] {
    return this.wheels(this.#bench.pick({ small: 40, full: 280 }));
  }

  /** Of {@link dependencies}. */
  packed(): Promise<PackedTars> {
    return (this.#packed ??= packTars(this.#bench, this.dependencies()));
  }

  /** Undefined, and said why, where it cannot run. */
  docker(): Promise<DockerPeer | undefined> {
    return (this.#docker ??= this.#optional('docker build', async () => {
      const base = await this.base();
      const missing = dockerMissing(this.#bench, base);
      if (missing !== undefined) throw new Error(missing);
      return DockerPeer.start(this.#bench, base);
    }));
  }

  /** Undefined, and said why, where it cannot run. */
  async buildah(): Promise<BuildahPeer | undefined> {
    if (this.#bench.isBrief) return undefined;
    return (this.#buildah ??= this.#optional('buildah build', async () => {
      const base = await this.base();
      if (!this.#bench.programs.has('buildah')) throw new Error('buildah is not installed');
      if (!base.hasPip) throw new Error('no wheel of pip at hand');
      return BuildahPeer.create(this.#bench, 'builds', base);
    }));
  }

  async #optional<T extends AsyncDisposable>(name: string, start: () => Promise<T>): Promise<T | undefined> {
    try {
      const peer = await start();
      this.#bench.atEnd(peer);
      return peer;
    } catch (error) {
      this.#bench.signal.throwIfAborted();
      this.#bench.say(`missing: ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}
