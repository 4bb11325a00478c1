import fs from 'node:fs';
import path from 'node:path';
import { type BuildResult, loadConfig, selectTargets, watch, Workspace } from '../../src/index.ts';
import type { Event } from '../../src/events.ts';
import { waitFor } from '../support/daemon.ts';
import { Project, type ProjectFiles } from '../support/project.ts';

/** A project under a watch in this process. */
export class WatchedProject implements AsyncDisposable {
  readonly project: Project;
  readonly events: Event[] = [];
  readonly results: BuildResult[] = [];
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;

  static async start(files: ProjectFiles): Promise<WatchedProject> {
    const watched = new WatchedProject(await Project.with(files));
    await watched.when(() => watched.of('watching').length > 0, 'the first round');
    return watched;
  }

  private constructor(project: Project) {
    this.project = project;
    const { signal } = this.#ending;
    const emit = (event: Event): void => void this.events.push(event);
    this.#ended = watch({
      open: async () => {
        const config = await project.config();
        const options = { env: project.env, cwd: project.folder, emit, signal, lasting: true };
        return { workspace: await Workspace.open(config, options), targets: selectTargets(config, []) };
      },
      emit,
      signal,
      onBuilt: async (result) => void this.results.push(result),
    });
  }

  of<Type extends Event['type']>(type: Type): readonly Extract<Event, { type: Type }>[] {
    return this.events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);
  }

  /** The digest of the last image that was built, by its target's name. */
  digest(target = 'api'): string | undefined {
    const built = this.results.at(-1)?.targets.find(({ plan }) => plan.target.name === target);
    return built?.image.root.descriptor.digest;
  }

  async when(isSo: () => boolean, what: string): Promise<void> {
    await Promise.race([waitFor(async () => isSo(), what), this.#ended.then(() => Promise.reject(new Error('ended')))]);
  }

  /** Does something, and waits until a round has built because of it. */
  async after(act: () => unknown): Promise<BuildResult> {
    const before = this.results.length;
    await act();
    await this.when(() => this.results.length > before, 'a round that builds');
    return this.results.at(-1)!;
  }

  /** Waits until what was delivered is what a build from nothing gives, of a copy, with an empty store. */
  async isAsFromNothing(): Promise<void> {
    const { project } = this;
    const place = path.join(project.root, `copy-${(copies += 1)}`);
    const copy = path.join(place, 'project');
    fs.cpSync(project.folder, copy, { recursive: true, verbatimSymlinks: true, filter: isSource });
    fs.symlinkSync(path.join(project.root, 'base'), path.join(place, 'base'));
    const env = { ...project.env, PYCONTAINER_STORE: path.join(place, 'store') };
    const config = await loadConfig({ cwd: copy, env });
    await using workspace = await Workspace.open(config, { env, cwd: copy });
    const { targets } = await workspace.build(await workspace.plan(selectTargets(config, [])));
    for (const { plan, image } of targets) {
      const { digest } = image.root.descriptor;
      await this.when(() => this.digest(plan.target.name) === digest, `${plan.target.name} as it is from nothing`);
    }
    fs.rmSync(place, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#ended;
    await this.project[Symbol.asyncDispose]();
  }
}

let copies = 0;

function isSource(file: string): boolean {
  return path.basename(file) !== '.pycontainer';
}
