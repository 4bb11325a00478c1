import { resolveGroups } from '../../src/python/group.ts';
import { formatRequirement } from '../../src/python/requirement.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

interface Case {
  readonly groups: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  readonly out: readonly string[] | { readonly error: string };
}

vectorTest('dependency groups are resolved as packaging does', (t) => {
  compareAll(
    t,
    'dependency groups resolved',
    (loadVectors('dependency_groups') as { cases: readonly Case[] }).cases,
    ({ groups, names }) => orError(() => resolveGroups(groups, names).map(formatRequirement)),
    ({ out }) => ('error' in out ? 'error' : out),
  );
});
