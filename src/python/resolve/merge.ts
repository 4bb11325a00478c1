import { PycontainerError } from '../../errors.ts';
import type { MarkerEnvironment } from '../environment.ts';
import type { LockedFile } from '../lock/package.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import type { Marker } from '../marker.ts';
import type { ResolveImage } from './request.ts';

/** What one image needs. */
export interface ImageShare {
  readonly image: ResolveImage;
  /** Without markers, no name twice. */
  readonly packages: readonly PylockEntry[];
}

/**
 * The packages of several images as entries of one lock: equal ones together, and a marker where not every image has
 * them.
 * @throws PycontainerError 'lock-failed' where two images need different packages and no marker tells them apart
 */
export function mergeShares(shares: readonly ImageShare[]): PylockEntry[] {
  const images = shares.map(({ image }) => image);
  const all = shares.flatMap(({ image, packages }) => packages.map((entry) => ({ image, entry })));
  const byIdentity = Map.groupBy(all, ({ entry }) => identityOf(entry));
  return [...byIdentity.values()].map((same) => {
    const marker = markerFor(
      same.map(({ image }) => image),
      images,
      same[0]?.entry.name ?? '',
    );
    return joined(
      same.map(({ entry }) => entry),
      marker,
    );
  });
}

/** Files may differ from image to image, what is required too; a marker decides about all else. */
function identityOf({ name, version, source }: PylockEntry): string {
  return JSON.stringify([name, version, source]);
}

function joined(entries: readonly PylockEntry[], marker: Marker | undefined): PylockEntry {
  const [first] = entries;
  if (first === undefined) throw new PycontainerError('internal', 'an entry of no image');
  const wheels = new Map<string, LockedFile>(
    entries.flatMap((entry) => entry.wheels.map((file) => [file.filename, file])),
  );
  return {
    ...first,
    ...(marker === undefined ? {} : { marker }),
    wheels: [...wheels.values()],
    dependencies: [...new Set(entries.flatMap(({ dependencies }) => dependencies))],
  };
}

/** Holds in these images and in no other; undefined where these are all. */
function markerFor(having: readonly ResolveImage[], images: readonly ResolveImage[], name: string): Marker | undefined {
  if (having.length === images.length) return undefined;
  const keys = new Set(having.map(({ environment }) => environmentKey(environment)));
  const alike = images.find((image) => !having.includes(image) && keys.has(environmentKey(image.environment)));
  if (alike !== undefined) {
    throw new PycontainerError(
      'lock-failed',
      `${alike.platform} and ${having[0]?.platform ?? 'another platform'} need different packages (${name}), and no marker tells them apart`,
      { hint: 'Declare a target for each of them.' },
    );
  }
  return environmentsMarker(having.map(({ environment }) => environment));
}

function environmentKey({ platform_machine, python_version, implementation_name }: MarkerEnvironment): string {
  return JSON.stringify([platform_machine, python_version, implementation_name]);
}

/** One condition for each distinct environment, sorted. */
export function environmentMarkers(environments: readonly MarkerEnvironment[]): Marker[] {
  const distinct = new Map(environments.map((one) => [environmentKey(one), one]));
  return [...distinct.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => environmentMarker(one));
}

function environmentsMarker(environments: readonly MarkerEnvironment[]): Marker | undefined {
  const operands = environmentMarkers(environments).map((marker) => withParentheses(marker));
  const [first] = operands;
  return operands.length < 2 ? first : { kind: 'or', operands, grouped: false };
}

function withParentheses(marker: Marker): Marker {
  return marker.kind === 'comparison' ? marker : { ...marker, grouped: true };
}

/** The minor version of Python counts: a patch release of the base needs no new lock. */
function environmentMarker(environment: MarkerEnvironment): Marker {
  const names = ['implementation_name', 'platform_machine', 'python_version', 'sys_platform'] as const;
  const operands = names.map((name): Marker => ({
    kind: 'comparison',
    left: { kind: 'variable', name },
    operator: '==',
    right: { kind: 'value', value: environment[name] },
  }));
  return { kind: 'and', operands, grouped: false };
}
