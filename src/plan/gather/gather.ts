import { hostPlatform, type Platform } from '../../oci/platform.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import { type CopiedFile, copyFromBase } from '../../base/copy.ts';
import { readProject } from '../../python/project.ts';
import type { Inputs, PlatformInputs, TargetInputs } from '../inputs.ts';
import { type BasePin, type BasePins, pinKey, pinOf } from '../lockfile.ts';
import { fileWarnings, gatherFiles } from './app.ts';
import { chooseBase, type ChosenBase, describeBase, gatherBase, type GatheredBase } from './base.ts';
import type { GatheredPackages } from './packages.ts';
import { gatherPlatform } from './platform.ts';
import { type PlanSources, Shared } from './sources.ts';

export interface Gathered {
  readonly inputs: Inputs;
  /** What pycontainer.lock is to say for these targets. */
  readonly pins: BasePins;
  /** What was gathered of each image's packages; with it their wheels are fetched. */
  readonly packages: ReadonlyMap<PlatformInputs, GatheredPackages>;
}

/** Looks at everything that decides what the targets come to. Work that targets share is done once. */
export async function gather(targets: readonly Target[], sources: PlanSources): Promise<Gathered> {
  const gathering = new Gathering(sources);
  const gathered: TargetInputs[] = [];
  for (const target of targets) gathered.push(await gathering.target(target));
  return { inputs: { targets: gathered }, pins: gathering.pins, packages: gathering.packages };
}

class Gathering {
  readonly pins: Map<string, BasePin> = new Map();
  readonly packages: Map<PlatformInputs, GatheredPackages> = new Map();
  readonly #sources: PlanSources;
  readonly #shared: Shared = new Shared();

  constructor(sources: PlanSources) {
    this.#sources = sources;
  }

  async target(target: Target): Promise<TargetInputs> {
    const [sources, shared] = [this.#sources, this.#shared];
    const project = await shared.once('project', [target.context], () => readProject(target.context, sources.root));
    const chosen = await chooseBase(target, project);
    const app = await gatherFiles(target, sources, shared);
    const wanted = target.platforms.length === 0 ? [hostPlatform()] : target.platforms;
    const platforms = await Promise.all(
      wanted.map(async (platform) => {
        const below = await this.#base(chosen, platform);
        const copiedFrom = (spec: BaseSpec, src: string): Promise<readonly CopiedFile[]> =>
          this.#copied(spec, src, platform);
        const one = await gatherPlatform(
          { target, platform, project, below, app, baseText: chosen.text, copiedFrom },
          sources,
          shared,
        );
        this.packages.set(one.inputs, one.packages);
        return one;
      }),
    );
    const starts = new Set(
      platforms.flatMap(({ start }) =>
        start === undefined ? [] : [`start: ${start.cmd.join(' ')} (${start.because})`],
      ),
    );
    const provided = new Set(platforms.flatMap(({ packages }) => packages.provided));
    const found = target.dependencies.from === undefined ? platforms[0]?.packages.source : undefined;
    return {
      target,
      platforms: platforms.map(({ inputs }) => inputs),
      assumed: [
        ...(chosen.assumed === undefined ? [] : [chosen.assumed]),
        ...(found === undefined ? [] : [`packages from ${found}`]),
        ...(provided.size === 0 ? [] : [`from the base, not installed again: ${[...provided].join(', ')}`]),
        ...starts,
      ],
      warnings: [...fileWarnings(app), ...(platforms[0]?.packages.warnings ?? [])],
    };
  }

  async #base(chosen: ChosenBase, platform: Platform): Promise<GatheredBase> {
    const below = await gatherBase(chosen, platform, this.#sources, this.#shared);
    const { pinned, base, facts } = below;
    if (pinned !== undefined) {
      this.pins.set(pinKey(pinned, platform), pinOf(pinned, platform, base.reference?.digest ?? base.digest, facts));
    }
    return below;
  }

  async #copied(spec: BaseSpec, src: string, platform: Platform): Promise<readonly CopiedFile[]> {
    const { base } = await this.#base({ spec, text: describeBase(spec) }, platform);
    return copyFromBase(base, src, this.#sources);
  }
}
