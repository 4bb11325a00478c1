import { compareVersions, formatVersion, isPreRelease, parseVersion, publicVersion } from '../../src/python/version.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Parsed {
  readonly in: string;
  readonly error?: string;
  readonly str: string;
  readonly epoch: number;
  readonly release: readonly number[];
  readonly pre: readonly [string, number] | null;
  readonly post: number | null;
  readonly dev: number | null;
  readonly local: string | null;
  readonly public: string;
  readonly base: string;
  readonly is_prerelease: boolean;
}

interface Versions {
  readonly parse: readonly Parsed[];
  readonly compare: readonly (readonly [string, string, number])[];
  readonly sorted: readonly string[];
}

vectorTest('versions are read and written as packaging does', (t) => {
  const { parse } = loadVectors('versions') as Versions;
  compareAll(
    t,
    'versions read',
    parse,
    (one) =>
      orError(() => {
        const version = parseVersion(one.in);
        const { epoch, release, pre, post, dev, local } = version;
        return [
          formatVersion(version),
          Number(epoch),
          release.map(Number),
          pre ? [pre.phase, Number(pre.number)] : null,
          post === undefined ? null : Number(post),
          dev === undefined ? null : Number(dev),
          local?.join('.') ?? null,
          formatVersion(publicVersion(version)),
          formatVersion({ epoch, release }),
          isPreRelease(version),
        ];
      }),
    (one) =>
      one.error === undefined
        ? [
            one.str,
            one.epoch,
            one.release,
            one.pre,
            one.post,
            one.dev,
            one.local,
            one.public,
            one.base,
            one.is_prerelease,
          ]
        : 'error',
  );
});

vectorTest('versions are ordered as packaging does', (t) => {
  const { compare, sorted } = loadVectors('versions') as Versions;
  compareAll(
    t,
    'version comparisons',
    compare,
    ([a, b]) => Math.sign(compareVersions(parseVersion(a), parseVersion(b))),
    ([, , order]) => order,
  );
  const neighbours = sorted.slice(1).map((version, index) => [sorted[index] ?? '', version] as const);
  compareAll(
    t,
    'neighbours of a sorted list',
    neighbours,
    ([a, b]) => compareVersions(parseVersion(a), parseVersion(b)) <= 0,
    () => true,
  );
});
