import type { LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { appKey, packagesKey, venvKey } from './key.ts';
import type { Inputs, PlannedPackage, PlatformInputs, PythonInputs, TargetInputs } from './inputs.ts';
import { partition } from './partition.ts';
import type { Recipe } from './plan.ts';

/** The graph with its keys, before anybody has looked at what is there. */
export interface Drawing {
  readonly inputs: Inputs;
  /** Every layer once, in the order of first use; what another needs comes before it. */
  readonly layers: ReadonlyMap<LayerKey, DrawnLayer>;
  /** Keys of each image's layers in their order, by `target platform`. */
  readonly images: ReadonlyMap<string, readonly LayerKey[]>;
}

export interface DrawnLayer {
  readonly key: LayerKey;
  readonly title: string;
  readonly recipe: Recipe;
  readonly estimateBytes: number;
  /** `target platform`, each once. */
  readonly usedBy: readonly string[];
}

/** Pure: equal inputs give equal keys, and the order of targets only the order of what is drawn. */
export function draw(inputs: Inputs): Drawing {
  const layers = new Map<LayerKey, DrawnLayer>();
  const images = new Map<string, readonly LayerKey[]>();
  for (const target of inputs.targets) {
    for (const platform of target.platforms) {
      const name = imageName(target, platform);
      const drawn = layersOf(target, platform);
      for (const layer of drawn) {
        const known = layers.get(layer.key);
        const recipe = known === undefined ? layer.recipe : shared(known.recipe, layer.recipe);
        layers.set(layer.key, { ...(known ?? layer), recipe, usedBy: [...(known?.usedBy ?? []), name] });
      }
      images.set(
        name,
        drawn.map(({ key }) => key),
      );
    }
  }
  return { inputs, layers, images };
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

type Unused = Omit<DrawnLayer, 'usedBy'>;

function layersOf(target: TargetInputs, platform: PlatformInputs): readonly Unused[] {
  const { python } = platform;
  const packages = python === undefined ? [] : packageLayers(target, platform, python);
  const venv = python === undefined ? [] : venvLayer(target, platform, python, packages);
  return [...packages, ...venv, appLayer(platform)];
}

function packageLayers(target: TargetInputs, platform: PlatformInputs, python: PythonInputs): readonly Unused[] {
  return partition(python.packages, target.target.layering).map((packages) => ({
    key: packagesKey(packages, python.install, platform),
    title: titleOf(packages),
    recipe: { kind: 'package', packages, platform, python },
    estimateBytes: packages.reduce((sum, { wheel }) => sum + wheel.sizeBytes, 0),
  }));
}

function venvLayer(
  target: TargetInputs,
  platform: PlatformInputs,
  python: PythonInputs,
  packages: readonly Unused[],
): readonly Unused[] {
  if (python.install.layout === 'flat' && python.packages.length === 0) return [];
  const recipe: Recipe = {
    kind: 'venv',
    platform,
    python,
    after: packages.map(({ key }) => key),
    strict: target.target.dependencies.strict,
    refusesConflicts: target.target.dependencies.conflicts === 'error',
  };
  return [
    {
      key: venvKey(python, platform.facts, platform),
      title: 'venv',
      recipe,
      estimateBytes: 4096 + 1024 * python.packages.length,
    },
  ];
}

function appLayer(platform: PlatformInputs): Unused {
  return {
    key: appKey(platform.app.entries, platform),
    title: 'app',
    recipe: { kind: 'app', platform },
    estimateBytes: platform.app.sizeBytes,
  };
}

function titleOf(packages: readonly PlannedPackage[]): string {
  const [only] = packages;
  return packages.length === 1 && only !== undefined ? `${only.name} ${only.version}` : `${packages.length} packages`;
}
