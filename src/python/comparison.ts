import { readSpecifier, specifiersContain } from './specifier.ts';
import type { SpecifierOperator } from './specifier.ts';

export type MarkerOperator = SpecifierOperator | 'in' | 'not in';

const versionNames = ['implementation_version', 'platform_release', 'python_full_version', 'python_version'];

/**
 * Compares two values of a marker (PEP 508): as versions where the variable holds one and the comparison is a version
 * specifier, else as text, where larger and smaller never hold. Undefined where the operator means nothing.
 */
export function compareValues(
  name: string,
  left: string,
  operator: MarkerOperator,
  right: string,
): boolean | undefined {
  const specifier = versionNames.includes(name) ? readSpecifier(operator + right) : undefined;
  return specifier ? specifiersContain([specifier], left) : compareTexts(left, operator, right);
}

function compareTexts(left: string, operator: MarkerOperator, right: string): boolean | undefined {
  switch (operator) {
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '~=':
    case '===':
      return undefined;
  }
}

/** Compares a name with a set (PEP 751): only `in` and `not in` look into it, a name never equals it. */
export function compareWithSet(
  left: string,
  operator: MarkerOperator,
  right: ReadonlySet<string>,
): boolean | undefined {
  switch (operator) {
    case 'in':
      return right.has(left);
    case 'not in':
    case '!=':
      return operator === '!=' || !right.has(left);
    case '==':
    case '<=':
    case '>=':
    case '<':
    case '>':
      return false;
    case '~=':
    case '===':
      return undefined;
  }
}

/** A variable with several values at once: one of them must do, or with a negative operator all of them. */
export function compareAny(
  values: readonly string[],
  operator: MarkerOperator,
  compare: (value: string) => boolean | undefined,
): boolean | undefined {
  const results = values.map(compare);
  if (results.includes(undefined)) return undefined;
  return operator === '!=' || operator === 'not in' ? results.every(Boolean) : results.some(Boolean);
}
