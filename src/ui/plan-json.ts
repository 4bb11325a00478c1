import type { Reason } from '../events.ts';
import type { DiffId, Digest, LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Excess } from '../plan/size.ts';
import type { LayerNode, OutputNode, Plan, PlatformPlan, State, TargetPlan } from '../plan/plan.ts';

/** The version of the format of `plan --format json`. `schemas/plan.schema.json` describes it. */
export const planFormatVersion = 1;

/** A plan as programs read it. */
export interface PlanJson {
  readonly version: typeof planFormatVersion;
  /** Every layer once; what another needs comes before it. */
  readonly layers: readonly LayerJson[];
  readonly targets: readonly TargetJson[];
  /** Images that only others stand on or copy from: made, and delivered nowhere. */
  readonly bases: readonly TargetJson[];
}

interface Judged {
  readonly state: State;
  readonly reasons: readonly Reason[];
}

interface LayerJson extends Judged {
  readonly id: string;
  readonly kind: LayerNode['kind'];
  readonly title: string;
  readonly key: LayerKey;
  readonly sizeBytes: number;
  readonly estimated: boolean;
  readonly digest: Digest | undefined;
  readonly diffId: DiffId | undefined;
  readonly usedBy: readonly string[];
  /** Where its blob is, as HOST/REPOSITORY; absent when it is in the store, or not made yet. */
  readonly cache: string | undefined;
}

interface TargetJson {
  readonly name: string;
  readonly tags: readonly string[];
  readonly assumed: readonly string[];
  /** Of what a tag is to point to; absent while a layer is stale. */
  readonly digest: Digest | undefined;
  readonly platforms: readonly PlatformJson[];
  readonly outputs: readonly OutputJson[];
}

interface OutputJson extends Judged {
  readonly name: string;
  readonly remote: boolean;
  readonly asked: boolean;
}

interface PlatformJson {
  readonly platform: string;
  readonly base: BaseJson;
  /** The lock that packages were read from. */
  readonly lock: string | undefined;
  readonly packages: readonly PackageJson[] | undefined;
  readonly start: {
    readonly entrypoint: readonly string[] | undefined;
    readonly cmd: readonly string[] | undefined;
    readonly inferred: boolean;
  };
  /** Keys of layers, in their order on the base. */
  readonly layers: readonly LayerKey[];
  readonly size: SizeJson;
}

/** Base and layers, compressed. */
interface SizeJson {
  readonly bytes: number;
  readonly estimated: boolean;
  /** Of the last build. */
  readonly beforeBytes: number | undefined;
  readonly exceeds: readonly Excess[];
}

interface BaseJson extends Judged {
  readonly text: string;
  /** The target whose image it is; what follows is of what that one stands on in the end. */
  readonly target: string | undefined;
  readonly digest: Digest;
  readonly python: string | undefined;
  readonly libc: { readonly kind: 'glibc' | 'musl'; readonly version: string } | undefined;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** `FILE:LINE`. */
  readonly location: string;
}

export function planJson(plan: Plan): PlanJson {
  return {
    version: planFormatVersion,
    layers: plan.layers.map(layerJson),
    targets: plan.targets.map(targetJson),
    bases: plan.bases.map(targetJson),
  };
}

function targetJson({ target, platforms, outputs, image, assumed }: TargetPlan): TargetJson {
  return {
    name: target.name,
    tags: target.tags,
    assumed,
    digest: image?.root.descriptor.digest,
    platforms: platforms.map(platformJson),
    outputs: outputs.map(outputJson),
  };
}

function layerJson({ id, kind, title, key, state, reasons, sizeBytes, layer, usedBy }: LayerNode): LayerJson {
  return {
    id,
    kind,
    title,
    key,
    state,
    reasons,
    sizeBytes,
    estimated: layer === undefined,
    digest: layer?.digest,
    diffId: layer?.diffId,
    usedBy,
    cache: layer?.cache === undefined ? undefined : `${layer.cache.host}/${layer.cache.repository}`,
  };
}

function outputJson({ output, state, asked, reasons }: OutputNode): OutputJson {
  return { name: output.name, remote: output.isRemote, state, asked, reasons };
}

function platformJson({ inputs, base, layers, size }: PlatformPlan): PlatformJson {
  const { facts, python, settings } = inputs;
  const { totalBytes: bytes, isEstimate: estimated, beforeBytes, excesses: exceeds } = size;
  const { digest, state, reasons } = base;
  return {
    platform: formatPlatform(inputs.platform),
    base: {
      text: base.text,
      target: inputs.below?.target.name,
      digest,
      state,
      reasons,
      python: facts.interpreter?.version,
      libc: facts.libc,
    },
    lock: python?.source,
    packages: python?.packages.map(({ name, version, wheel, location }) => ({
      name,
      version,
      file: wheel.filename,
      sha256: wheel.sha256,
      sizeBytes: wheel.sizeBytes,
      location: `${location.file}:${location.line}`,
    })),
    start: { entrypoint: settings.entrypoint, cmd: settings.cmd, inferred: settings.inferred },
    layers,
    size: { bytes, estimated, beforeBytes, exceeds },
  };
}
