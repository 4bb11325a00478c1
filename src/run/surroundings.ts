import { createNetwork, createVolume, networkLabels, volumeLabels } from '../engine/container-network.ts';
import type { Engine } from '../engine/engine.ts';
import { refuseForeign } from './foreign.ts';
import { type Project, projectLabels } from './project.ts';
import type { ContainerSpec } from './spec.ts';

/** The project's network and volumes. */
export class Surroundings {
  readonly #engine: Engine;
  readonly #project: Project;
  readonly #known = new Set<string>();

  constructor(engine: Engine, project: Project) {
    this.#engine = engine;
    this.#project = project;
  }

  /**
   * Makes what containers need that is not there yet, one after the other: Docker makes two networks of one name for
   * those who ask at once.
   *
   * @throws PycontainerError 'container-foreign'
   */
  async make(specs: Iterable<ContainerSpec>): Promise<void> {
    for (const { network, volumes } of specs) {
      if (network !== undefined) await this.#network(network);
      for (const volume of volumes) await this.#volume(volume);
    }
  }

  async #network(name: string): Promise<void> {
    if (!this.#isNew(`network ${name}`)) return;
    const found = await networkLabels(this.#engine, name);
    if (found === undefined) await createNetwork(this.#engine, name, projectLabels(this.#project));
    else refuseForeign(found, this.#project, `network ${name}`);
  }

  async #volume(name: string): Promise<void> {
    if (!this.#isNew(`volume ${name}`)) return;
    const found = await volumeLabels(this.#engine, name);
    if (found === undefined) await createVolume(this.#engine, name, projectLabels(this.#project));
    else refuseForeign(found, this.#project, `volume ${name}`);
  }

  #isNew(what: string): boolean {
    if (this.#known.has(what)) return false;
    this.#known.add(what);
    return true;
  }
}
