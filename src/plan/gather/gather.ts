import { PycontainerError } from '../../errors.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../oci/platform.ts';
import type { BaseSpec, Target } from '../../config/target.ts';
import { type CopiedFile, copyFromBase } from '../../base/copy.ts';
import { type Project, readProject } from '../../python/project.ts';
import type { Inputs, PlatformInputs, TargetBelow, TargetCopy, TargetInputs } from '../inputs.ts';
import { type BasePin, type BasePins, pinKey, pinOf } from '../lockfile.ts';
import { fileWarnings, gatherFiles } from './files.ts';
import { chooseBase, type ChosenBase, describeBase, gatherBase, type GatheredBase } from './base.ts';
import { factsOf } from './below.ts';
import { neededTargets } from './needed.ts';
import type { GatheredPackages } from './packages.ts';
import { type GatheredPlatform, gatherPlatform } from './platform.ts';
import { placed } from './placed.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

export interface Gathered {
  readonly inputs: Inputs;
  /** What pycontainer.lock is to say for these targets. */
  readonly pins: BasePins;
  /** What was gathered of each image's packages; with it their wheels are fetched. */
  readonly packages: ReadonlyMap<PlatformInputs, GatheredPackages>;
}

/** Looks at everything that decides what the targets come to. Work that targets share is done once. */
export async function gather(targets: readonly Target[], sources: PlanSources): Promise<Gathered> {
  const needed = neededTargets(targets, sources.targets);
  const gathering = new Gathering(needed, sources);
  const asked: TargetInputs[] = [];
  for (const { name } of targets) asked.push(await gathering.asked(name));
  const bases = await gathering.others(targets);
  if (sources.isLasting) sources.memory.gathered();
  return { inputs: { targets: asked, bases }, pins: gathering.pins, packages: gathering.packages };
}

interface GatheredImage {
  readonly target: Target;
  readonly platform: Platform;
  readonly work: Promise<GatheredPlatform>;
}

class Gathering {
  readonly pins: Map<string, BasePin> = new Map();
  readonly packages: Map<PlatformInputs, GatheredPackages> = new Map();
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #sources: PlanSources;
  readonly #shared: Shared;
  /** By `target platform`. */
  readonly #images = new Map<string, GatheredImage>();

  constructor(targets: ReadonlyMap<string, Target>, sources: PlanSources) {
    this.#targets = targets;
    this.#sources = sources;
    this.#shared = sources.memory.shared;
  }

  async asked(name: string): Promise<TargetInputs> {
    const target = this.#target(name);
    return this.#inputs(
      target,
      await Promise.all(platformsOf(target).map((platform) => this.#image(target, platform))),
    );
  }

  /** The images that came up and are not those targets' own, in the order of the manifest. */
  async others(targets: readonly Target[]): Promise<readonly TargetInputs[]> {
    const asked = new Set(targets.map(({ name }) => name));
    const isAsked = ({ target, platform }: GatheredImage): boolean =>
      asked.has(target.name) && platformsOf(target).map(formatPlatform).includes(formatPlatform(platform));
    const images = [...this.#images].filter(([, image]) => !isAsked(image)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const byTarget = Map.groupBy(
      images.map(([, image]) => image),
      ({ target }) => target,
    );
    const order = [...this.#targets.values()].filter((target) => byTarget.has(target));
    return Promise.all(
      order.map(async (target) =>
        this.#inputs(target, await Promise.all((byTarget.get(target) ?? []).map(({ work }) => work))),
      ),
    );
  }

  async #inputs(target: Target, platforms: readonly GatheredPlatform[]): Promise<TargetInputs> {
    const chosen = await this.#chosen(target);
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
      warnings: [
        ...fileWarnings(await gatherFiles(target, this.#sources, this.#shared)),
        ...(platforms[0]?.packages.warnings ?? []),
        ...(platforms[0]?.warnings ?? []),
      ],
    };
  }

  /** One target for one platform, once, however many stand on it. */
  #image(target: Target, platform: Platform): Promise<GatheredPlatform> {
    const name = `${target.name} ${formatPlatform(platform)}`;
    const known = this.#images.get(name);
    if (known !== undefined) return known.work;
    const work = this.#gatherImage(target, platform);
    this.#images.set(name, { target, platform, work });
    return work;
  }

  async #gatherImage(target: Target, platform: Platform): Promise<GatheredPlatform> {
    const [sources, shared] = [this.#sources, this.#shared];
    const project = await this.#project(target);
    const chosen = await this.#chosen(target);
    const app = await gatherFiles(target, sources, shared);
    const open = (): Promise<GatheredBase> => this.#base(chosen, platform);
    const isOwn = target.base !== undefined && target.base.kind !== 'target';
    const below = await (isOwn ? placed(target, ['base'], open) : open());
    const one = await gatherPlatform(
      {
        target,
        platform,
        project,
        below,
        app,
        baseText: chosen.text,
        copiedFrom: (spec, src) => this.#copied(spec, src, platform),
        copies: await this.#copies(target, platform),
      },
      sources,
      shared,
    );
    this.packages.set(one.inputs, one.packages);
    return one;
  }

  async #copies({ files, workdir, directories }: Target, platform: Platform): Promise<readonly TargetCopy[]> {
    const copies = files.map(async (rule): Promise<readonly TargetCopy[]> => {
      if (rule.from?.kind !== 'target') return [];
      return [{ rule, from: await this.#below(rule.from.name, platform), place: { workdir, directories } }];
    });
    return (await Promise.all(copies)).flat();
  }

  #project({ context }: Target): Promise<Project | undefined> {
    return this.#shared.once('project', [context], () => readProject(context, this.#sources.root));
  }

  async #chosen(target: Target): Promise<ChosenBase> {
    return this.#shared.once('chosen', [target.name], async () => chooseBase(target, await this.#project(target)));
  }

  async #base(chosen: ChosenBase, platform: Platform): Promise<GatheredBase> {
    if (chosen.spec.kind === 'target') return this.#targetBase(chosen.spec.name, platform);
    const below = await gatherBase(chosen, platform, this.#sources, this.#shared);
    const { pinned, base, facts } = below;
    if (pinned !== undefined) {
      this.pins.set(pinKey(pinned, platform), pinOf(pinned, platform, base.reference?.digest ?? base.digest, facts));
    }
    return below;
  }

  async #targetBase(name: string, platform: Platform): Promise<GatheredBase> {
    const below = await this.#below(name, platform);
    const facts = await this.#shared.once('facts', [name, formatPlatform(platform)], () =>
      factsOf(below.image, this.#sources),
    );
    return { base: below.image.base, facts, below };
  }

  async #below(name: string, platform: Platform): Promise<TargetBelow> {
    const target = this.#target(name);
    const { inputs } = await this.#image(target, platform);
    return { target, image: inputs };
  }

  #target(name: string): Target {
    const target = this.#targets.get(name);
    if (target === undefined)
      throw new PycontainerError('internal', `No target ${name}, though the manifest was checked`);
    return target;
  }

  async #copied(spec: BaseSpec, src: string, platform: Platform): Promise<readonly CopiedFile[]> {
    const { base } = await this.#base({ spec, text: describeBase(spec) }, platform);
    return copyFromBase(base, src, this.#sources);
  }
}

function platformsOf({ platforms }: Target): readonly Platform[] {
  return platforms.length === 0 ? [hostPlatform()] : platforms;
}
