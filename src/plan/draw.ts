import type { LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Target } from '../config/target.ts';
import { appKey, type CopyPart, packagesKey, venvKey } from './key.ts';
import type { Inputs, PlannedPackage, PlatformInputs, TargetBelow, TargetInputs } from './inputs.ts';
import { isInVenvBelow, ownPackages } from './packages-below.ts';
import { partition } from './partition.ts';
import type { Recipe } from './plan.ts';

/** The graph with its keys, before anybody has looked at what is there. */
export interface Drawing {
  readonly inputs: Inputs;
  /** Every layer once, in the order of first use; what another needs comes before it. */
  readonly layers: ReadonlyMap<LayerKey, DrawnLayer>;
  /** Keys of each image's layers in their order, those of a base target's image first, by `target platform`. */
  readonly images: ReadonlyMap<string, readonly LayerKey[]>;
}

export interface DrawnLayer {
  readonly key: LayerKey;
  readonly title: string;
  readonly recipe: Recipe;
  readonly estimateBytes: number;
  /** `target platform` of each image that it stands in. */
  readonly usedBy: readonly string[];
  /** Those of them that have it as a layer of their own, not from the image below. */
  readonly ownedBy: readonly string[];
}

/** Pure: equal inputs give equal keys, and the order of targets only the order of what is drawn. */
export function draw(inputs: Inputs): Drawing {
  const drawer = new Drawer();
  for (const { target, platforms } of [...inputs.bases, ...inputs.targets]) {
    for (const image of platforms) drawer.keysOf({ target, image });
  }
  const { layers, images } = drawer;
  return { inputs, layers, images };
}

class Drawer {
  readonly layers: Map<LayerKey, DrawnLayer> = new Map();
  readonly images: Map<string, readonly LayerKey[]> = new Map();

  /** Draws an image, once, after those that it needs. */
  keysOf({ target, image }: TargetBelow): readonly LayerKey[] {
    const name = imageName({ target }, image);
    const known = this.images.get(name);
    if (known !== undefined) return known;
    const below = image.below === undefined ? [] : this.keysOf(image.below);
    const copied = (image.copies ?? []).map((copy) => ({ ...copy, layers: this.keysOf(copy.from) }));
    const packages = packageLayers(target, image);
    const installed = below.filter((key) => this.layers.get(key)?.recipe.kind === 'package');
    const others = [...packages, ...venvLayer(target, image, packages, installed)];
    const app = appLayer(image, copied);
    // The same files once more, and nothing between.
    const own = others.length === 0 && below.at(-1) === app.key ? [] : [...others, app];
    for (const layer of own) this.#add(layer, name);
    const keys = [...below, ...own.map(({ key }) => key)];
    for (const key of new Set(keys)) this.#use(key, name);
    this.images.set(name, keys);
    return keys;
  }

  #add(layer: Unused, owner: string): void {
    const { usedBy, ownedBy, recipe } = this.layers.get(layer.key) ?? { ...layer, usedBy: [], ownedBy: [] };
    const owners = [...ownedBy, owner];
    this.layers.set(layer.key, { ...layer, recipe: shared(recipe, layer.recipe), usedBy, ownedBy: owners });
  }

  #use(key: LayerKey, name: string): void {
    const layer = this.layers.get(key);
    if (layer !== undefined) this.layers.set(key, { ...layer, usedBy: [...layer.usedBy, name] });
  }
}

/** The first recipe for a layer, as strict as any of its users is. */
function shared(first: Recipe, other: Recipe): Recipe {
  if (first.kind !== 'venv' || other.kind !== 'venv') return first;
  const strict = first.strict || other.strict;
  return { ...first, strict, refusesConflicts: first.refusesConflicts || other.refusesConflicts };
}

export function imageName(
  { target }: Pick<TargetInputs, 'target'>,
  { platform }: Pick<PlatformInputs, 'platform'>,
): string {
  return `${target.name} ${formatPlatform(platform)}`;
}

type Unused = Omit<DrawnLayer, 'usedBy' | 'ownedBy'>;

function packageLayers(target: Target, platform: PlatformInputs): readonly Unused[] {
  const { python } = platform;
  if (python === undefined) return [];
  return partition(ownPackages(python), target.layering).map((packages) => ({
    key: packagesKey(packages, python.install, platform),
    title: titleOf(packages),
    recipe: { kind: 'package', packages, platform, python },
    estimateBytes: packages.reduce((sum, { wheel }) => sum + wheel.sizeBytes, 0),
  }));
}

/** @param below package layers of the base target's image */
function venvLayer(
  { dependencies }: Target,
  platform: PlatformInputs,
  packages: readonly Unused[],
  below: readonly LayerKey[],
): readonly Unused[] {
  const { python } = platform;
  if (python === undefined) return [];
  const count = ownPackages(python).length;
  if (count === 0 && (python.install.layout === 'flat' || isInVenvBelow(platform))) return [];
  const recipe: Recipe = {
    kind: 'venv',
    platform,
    python,
    after: [...below, ...packages.map(({ key }) => key)],
    strict: dependencies.strict,
    refusesConflicts: dependencies.conflicts === 'error',
  };
  return [
    {
      key: venvKey(python, platform.facts, platform),
      title: 'venv',
      recipe,
      estimateBytes: 4096 + 1024 * count,
    },
  ];
}

function appLayer(platform: PlatformInputs, copies: readonly CopyPart[]): Unused {
  const { app, facts } = platform;
  return {
    key: appKey(app.entries, platform, copies, facts.folders),
    title: 'app',
    recipe: { kind: 'app', platform, after: copies.flatMap(({ layers }) => layers) },
    estimateBytes: app.sizeBytes,
  };
}

function titleOf(packages: readonly PlannedPackage[]): string {
  const [only] = packages;
  return packages.length === 1 && only !== undefined ? `${only.name} ${only.version}` : `${packages.length} packages`;
}
