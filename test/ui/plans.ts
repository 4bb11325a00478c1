import type { Reason } from '../../src/events.ts';
import type { LayerKey } from '../../src/oci/digest.ts';
import { parseDigest, type Digest } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { Limits } from '../../src/config/target.ts';
import type { BaseFacts } from '../../src/base/base.ts';
import type { JudgedSize } from '../../src/plan/size.ts';
import type { LayerNode, OutputNode, Plan, PlatformPlan, TargetPlan } from '../../src/plan/plan.ts';

/** Plans made by hand, with no more in them than is shown. */

export function digestOf(mark: string): Digest {
  return parseDigest(`sha256:${mark.repeat(64).slice(0, 64)}`);
}

export interface LayerSketch {
  readonly kind: LayerNode['kind'];
  readonly title: string;
  readonly sizeBytes: number;
  /** A repository that has it; absent: it is in the store, or stale. */
  readonly cache?: string;
  /** Absent: fresh. */
  readonly reasons?: readonly Reason[];
}

export interface ImageSketch {
  readonly platform?: string;
  readonly base?: string;
  readonly baseReasons?: readonly Reason[];
  /** Absent: the base has no Python. */
  readonly packages?: number;
  readonly layers: readonly LayerSketch[];
  readonly size?: JudgedSize;
}

const noSize: JudgedSize = { base: 0, packages: 0, app: 0, totalBytes: 0, isEstimate: false, excesses: [] };

export interface TargetSketch {
  readonly name: string;
  readonly limits?: Limits;
  readonly images: readonly ImageSketch[];
  readonly outputs: readonly Pick<OutputNode, 'state' | 'asked' | 'reasons'>[];
  readonly outputName?: string;
}

const facts: BaseFacts = {
  interpreter: {
    path: '/usr/local/bin/python3.12',
    version: '3.12.7',
    implementation: 'cpython',
    freeThreaded: false,
    packages: {},
  },
  libc: { kind: 'glibc', version: '2.36' },
  machine: 'x86_64',
  libraries: [],
  folders: {},
};

export function planOf(targets: readonly TargetSketch[]): Plan {
  const layers = new Map<string, LayerNode>();
  const plans = targets.map((target): TargetPlan => {
    const platforms = target.images.map((image) => platformOf(image, target.name, layers));
    const outputs = target.outputs.map((node): OutputNode => ({
      ...node,
      id: 'output',
      output: { name: target.outputName ?? '/project/out', isRemote: false } as OutputNode['output'],
    }));
    return {
      target: { name: target.name, tags: [], limits: target.limits ?? {} },
      platforms,
      outputs,
      assumed: [],
      warnings: [],
    } as unknown as TargetPlan;
  });
  return { targets: plans, bases: [], layers: [...layers.values()] };
}

function platformOf(image: ImageSketch, target: string, layers: Map<string, LayerNode>): PlatformPlan {
  const { platform = 'linux/amd64', base = 'python:3.12-slim', baseReasons = [], packages } = image;
  const keys = image.layers.map((sketch) => {
    const key = `${sketch.kind} ${sketch.title}` as LayerKey;
    const { kind, title, sizeBytes, reasons = [], cache } = sketch;
    const layer = cache === undefined ? {} : { layer: { cache: { host: 'ghcr.io', repository: cache } } };
    const state = sketch.reasons === undefined ? 'fresh' : 'stale';
    const recipe = { kind, after: [] };
    const node = {
      id: key,
      kind,
      title,
      key,
      recipe,
      state,
      reasons,
      sizeBytes,
      usedBy: [`${target} ${platform}`],
      ...layer,
    };
    if (!layers.has(key)) layers.set(key, node as unknown as LayerNode);
    return key;
  });
  return {
    inputs: {
      platform: parsePlatform(platform),
      base: { text: base },
      facts: packages === undefined ? { ...facts, interpreter: undefined, libc: undefined } : facts,
      ...(packages === undefined ? {} : { python: { packages: Array.from({ length: packages }, () => ({})) } }),
      app: { files: 212, sizeBytes: 1_400_000 },
    },
    base: {
      id: `base:${target}`,
      text: base,
      digest: digestOf('6fd1'),
      state: baseReasons.length === 0 ? 'fresh' : 'stale',
      reasons: baseReasons,
    },
    layers: keys,
    own: keys,
    size: image.size ?? noSize,
  } as unknown as PlatformPlan;
}
