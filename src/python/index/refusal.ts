import { PycontainerError, redact } from '../../errors.ts';
import type { LockedPackage } from '../lock/package.ts';
import { nearestBase } from './nearest.ts';
import type { Found } from './search.ts';

/** A package of which there is only source, or that is source itself (git, a folder). */
export function onlySource(pkg: LockedPackage): PycontainerError {
  const { source } = pkg;
  const what = {
    git: 'comes from git as source, which would have to be built',
    directory: 'is a folder of source, which would have to be built',
    index: 'comes only as source, without a wheel',
    url: 'comes only as source, without a wheel',
    path: 'comes only as source, without a wheel',
  }[source.kind];
  return new PycontainerError('wheel-sdist-only', `${called(pkg)} ${what}`, {
    hint: `Nothing is built here. Make a wheel once for the image's Python and platform, with \`${buildCommand(pkg)}\`, and name the folder under \`dependencies: find-links\`.`,
    location: pkg.sdist?.location ?? pkg.location,
  });
}

function buildCommand({ name, version, source }: LockedPackage): string {
  switch (source.kind) {
    case 'index':
      return `pip wheel --no-deps --wheel-dir wheels ${name}${version === undefined ? '' : `==${version}`}`;
    case 'git': {
      const place = source.url.startsWith('git+') ? source.url : `git+${source.url}`;
      const folder = source.subdirectory === undefined ? '' : `#subdirectory=${source.subdirectory}`;
      return `pip wheel --no-deps --wheel-dir wheels '${place.replace(/[?#].*$/, '')}@${source.commit}${folder}'`;
    }
    case 'directory':
      return `uv build --wheel --out-dir wheels ${source.path}`;
    case 'url':
      return `pip wheel --no-deps --wheel-dir wheels ${redact(source.url)}`;
    case 'path':
      return `pip wheel --no-deps --wheel-dir wheels ${source.path}`;
  }
}

/** There are wheels, but none for the image's interpreter, C library or processor. */
export function noFittingWheel(
  pkg: LockedPackage,
  wheels: readonly { readonly filename: string }[],
  tags: readonly string[],
): PycontainerError {
  const own = wheels.map(({ filename }) =>
    filename
      .replace(/\.whl$/, '')
      .split('-')
      .slice(-3)
      .join('-'),
  );
  const shown = [...new Set(own)];
  const more = shown.length > 6 ? ` and ${shown.length - 6} more` : '';
  const nearest = nearestBase(wheels, tags);
  return new PycontainerError(
    'wheel-not-fitting',
    `${called(pkg)} has no wheel that fits the base: it has ${shown.slice(0, 6).join(', ')}${more}; the base takes ${tags[0] ?? 'none'} and what is compatible with it`,
    {
      hint:
        nearest ??
        'Choose another base or another version, or make a wheel and name its folder under `dependencies: find-links`.',
      location: pkg.location,
    },
  );
}

/** A wheel fits by its tags, but refuses the image's version of Python. */
export function wrongPython(pkg: LockedPackage, requiresPython: string, pythonVersion: string): PycontainerError {
  return new PycontainerError(
    'wheel-not-fitting',
    `${called(pkg)} wants Python ${requiresPython}, but the base has ${pythonVersion}`,
    {
      hint: 'Choose a base with a Python that it takes, or lock another version of the package.',
      location: pkg.location,
    },
  );
}

/** Wheels fit, but none is one of those that were locked. */
export function notLocked(pkg: LockedPackage, { asked }: Pick<Found, 'asked'>): PycontainerError {
  return new PycontainerError(
    'wheel-hash-mismatch',
    `No wheel of ${called(pkg)} that fits the base has a hash that is locked (asked: ${asked.join(', ')})`,
    {
      hint: 'Lock again, with the hashes of all platforms (uv pip compile --generate-hashes, pip-compile --generate-hashes).',
      location: pkg.location,
    },
  );
}

/** No place has the package, or not this version. */
export function notOffered(pkg: LockedPackage, { asked, known }: Pick<Found, 'asked' | 'known'>): PycontainerError {
  const places = asked.length === 0 ? 'There is no index to ask' : `Asked: ${asked.join(', ')}`;
  return new PycontainerError(
    'package-not-found',
    known
      ? `${pkg.name} is there, but not in version ${pkg.version ?? '?'}. ${places}`
      : `No index has ${called(pkg)}. ${places}`,
    { hint: 'Name the index that has it under `dependencies: indexes`.', location: pkg.location },
  );
}

function called({ name, version }: LockedPackage): string {
  return version === undefined ? name : `${name} ${version}`;
}
