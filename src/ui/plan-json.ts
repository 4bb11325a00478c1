import { formatPlatform } from '../oci/platform.ts';
import type { LayerNode, Plan, PlatformPlan } from '../plan/plan.ts';

/** The version of the format of `plan --format json`. */
export const planFormatVersion = 1;

/** A plan as programs read it. */
export function planObject(plan: Plan): object {
  return {
    version: planFormatVersion,
    layers: plan.layers.map(layerObject),
    targets: plan.targets.map(({ target, platforms, outputs, image, assumed }) => ({
      name: target.name,
      tags: target.tags,
      assumed,
      digest: image?.root.descriptor.digest,
      platforms: platforms.map(platformObject),
      outputs: outputs.map(({ output, state, asked, reasons }) => ({
        name: output.name,
        remote: output.isRemote,
        state,
        asked,
        reasons,
      })),
    })),
  };
}

function layerObject({ id, kind, title, key, state, reasons, sizeBytes, layer, usedBy }: LayerNode): object {
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
  };
}

function platformObject({ inputs, base, layers }: PlatformPlan): object {
  const { facts, python, settings } = inputs;
  return {
    platform: formatPlatform(inputs.platform),
    base: {
      text: inputs.base.text,
      digest: base.digest,
      state: base.state,
      reasons: base.reasons,
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
  };
}
