import { chooseWheel } from '../../src/python/choose.ts';
import { supportedTags } from '../../src/python/tags.ts';
import { compareAll, loadVectors, vectorTest } from './vectors.ts';

interface Target {
  readonly id: string;
  readonly impl: 'cpython' | 'pypy';
  readonly python: readonly [number, number];
  readonly abiflags: string;
  readonly libc: 'glibc' | 'musl';
  readonly libc_version: readonly [number, number];
  readonly arch: string;
  readonly tags: readonly string[];
}

interface Choice {
  readonly name: string;
  readonly version: string;
  readonly wheels: readonly string[];
  readonly best: Readonly<Record<string, string | null>>;
  readonly classic: Readonly<Record<string, string | null>> | null;
}

const tagsOf = ({ impl, python, abiflags, libc, libc_version, arch }: Target): readonly string[] =>
  supportedTags({
    implementation: impl,
    version: python,
    freeThreaded: abiflags.includes('t'),
    libc: { kind: libc, version: libc_version.join('.') },
    machine: arch,
  });

vectorTest('tags are those of packaging, in the order of pip and uv', (t) => {
  const { targets, classic } = loadVectors('tags') as { targets: readonly Target[]; classic: readonly Target[] };
  compareAll(t, 'targets with their tags in order', classic, tagsOf, ({ tags }) => tags);
  compareAll(
    t,
    'targets with their tags in any order',
    targets,
    (target) => tagsOf(target).toSorted(),
    ({ tags }) => tags.toSorted(),
  );
});

vectorTest('the wheel that is chosen is the one that packaging chooses', (t) => {
  const { targets } = loadVectors('tags') as { targets: readonly Target[] };
  const { cases } = loadVectors('choose_wheel') as { cases: readonly Choice[] };
  const tags = new Map(targets.map((target) => [target.id, tagsOf(target)]));
  const choices = cases.flatMap(({ wheels, best, classic }) =>
    Object.entries(classic ?? best).map(([target, wheel]) => ({ wheels, target, wheel })),
  );
  compareAll(
    t,
    'wheels chosen',
    choices,
    ({ wheels, target }) =>
      chooseWheel(
        wheels.map((filename) => ({ filename })),
        tags.get(target)!,
      )?.filename ?? null,
    ({ wheel }) => wheel,
  );
});
