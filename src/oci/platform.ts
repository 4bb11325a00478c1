import { PycontainerError } from '../errors.ts';

/** @see https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const architectureAliases: Readonly<Record<string, { architecture: string; variant?: string }>> = {
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  i386: { architecture: '386' },
  i686: { architecture: '386' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** Reads `os/architecture[/variant]` and brings aliases (`x86_64`, `aarch64`) to the names of the spec. */
export function parsePlatform(text: string): Platform {
  const match = /^([a-z0-9]+)\/([a-z0-9_-]+)(?:\/([a-z0-9.]+))?$/.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) {
    throw new PycontainerError('platform-invalid', `'${text}' is not a platform`, {
      hint: 'A platform is os/architecture[/variant], such as linux/amd64 or linux/arm/v7.',
    });
  }
  return normalizePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** Brings aliases to one spelling and drops a variant that says nothing (arm64/v8); arm without a variant is v7. */
export function normalizePlatform(platform: Platform): Platform {
  const alias = architectureAliases[platform.architecture];
  const architecture = alias?.architecture ?? platform.architecture;
  const variant = platform.variant || alias?.variant || (architecture === 'arm' ? 'v7' : undefined);
  const says = variant !== undefined && !(architecture === 'arm64' && variant === 'v8');
  return { os: platform.os, architecture, ...(says ? { variant } : {}) };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The platform that containers on this machine have: Linux, with this process's architecture. */
export function hostPlatform(architecture: string = process.arch): Platform {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
  return normalizePlatform({ os: 'linux', architecture: names[architecture] ?? architecture });
}

/**
 * Picks what runs on `wanted`: the same variant, else the nearest lower one (arm/v7 takes v6), else undefined.
 * Entries without a platform are not picked.
 */
export function choosePlatform<T extends { readonly platform?: Platform }>(
  candidates: readonly T[],
  wanted: Platform,
): T | undefined {
  const goal = normalizePlatform(wanted);
  const order = variantsRunBy(goal);
  const ranked = candidates.flatMap((candidate) => {
    if (candidate.platform === undefined) return [];
    const own = normalizePlatform(candidate.platform);
    if (own.os !== goal.os || own.architecture !== goal.architecture) return [];
    const rank = order.indexOf(own.variant);
    return rank === -1 ? [] : [{ candidate, rank }];
  });
  return ranked.toSorted((a, b) => a.rank - b.rank)[0]?.candidate;
}

function variantsRunBy({ architecture, variant }: Platform): readonly (string | undefined)[] {
  const level = /^v([0-9]+)/.exec(variant ?? '')?.[1];
  if (level === undefined) return [variant];
  const lower = Array.from({ length: Number(level) }, (_, index) => `v${Number(level) - index}`);
  const exact = variant === lower[0] ? [] : [variant];
  return architecture === 'arm' ? [...exact, ...lower] : [...exact, ...lower, undefined];
}
