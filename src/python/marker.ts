import { PycontainerError } from '../errors.ts';
import { compareAny, compareValues, compareWithSet } from './comparison.ts';
import type { MarkerOperator } from './comparison.ts';
import { pythonFullVersion } from './environment.ts';
import type { MarkerEnvironment } from './environment.ts';
import { normalizeName } from './name.ts';
import { quote, unquote } from './quoted.ts';
import { Scanner, shown } from './scanner.ts';
import { takeOperator } from './specifier.ts';

/** A condition on the environment (PEP 508), names of extras and groups in it normalized. */
export type Marker = MarkerComparison | MarkerConnection;

export interface MarkerComparison {
  readonly kind: 'comparison';
  readonly left: MarkerOperand;
  readonly operator: MarkerOperator;
  readonly right: MarkerOperand;
}

export interface MarkerConnection {
  readonly kind: 'and' | 'or';
  /** At least two. */
  readonly operands: readonly Marker[];
  /** Written in parentheses: kept so that the marker can be written as it was. */
  readonly grouped: boolean;
}

export type MarkerOperand =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string };

/** What markers may ask besides the environment. Names need not be normalized. */
export interface MarkerContext {
  /**
   * The extra that is asked for. A set stands for several at once, as uv's conflict markers need: `==` holds when one
   * of them is equal, `!=` when none is. Absent or empty: no extra, the empty text.
   */
  readonly extra?: string | ReadonlySet<string> | undefined;
  /** The set `extras`, which only lock files know (PEP 751). */
  readonly extras?: ReadonlySet<string> | undefined;
  /** The set `dependency_groups`, which only lock files know (PEP 751). */
  readonly groups?: ReadonlySet<string> | undefined;
}

/** Deeper nesting than this is refused. */
const maxDepth = 200;

const space = /[ \t]+/y;
const variable =
  /(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b/y;

/** Errors: `marker-invalid`. */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text);
  const marker = scanMarker(scanner);
  if (!scanner.done) throw invalidMarker(scanner, 'and, or, or the end');
  return marker;
}

/** Reads the marker that stands here, with the spaces around it. Errors: `marker-invalid`. */
export function scanMarker(scanner: Scanner, depth = 0): Marker {
  const alternatives: Marker[] = [];
  let together = [scanAtom(scanner, depth)];
  for (;;) {
    const word = scanner.take(/(?:and|or)\b/y);
    if (word === 'and') together.push(scanAtom(scanner, depth));
    else {
      alternatives.push(connect('and', together));
      if (word === undefined) return connect('or', alternatives);
      together = [scanAtom(scanner, depth)];
    }
  }
}

function connect(kind: 'and' | 'or', operands: readonly Marker[]): Marker {
  const [first] = operands;
  return first !== undefined && operands.length === 1 ? first : { kind, operands, grouped: false };
}

function scanAtom(scanner: Scanner, depth: number): Marker {
  scanner.take(space);
  const marker = scanner.take(/\(/y) === undefined ? scanComparison(scanner) : scanGroup(scanner, depth + 1);
  scanner.take(space);
  return marker;
}

function scanGroup(scanner: Scanner, depth: number): Marker {
  if (depth > maxDepth) throw invalidMarker(scanner, `at most ${maxDepth} levels of parentheses`);
  const marker = scanMarker(scanner, depth);
  if (scanner.take(/\)/y) === undefined) throw invalidMarker(scanner, 'and, or, or a closing parenthesis');
  return marker.kind === 'comparison' ? marker : { ...marker, grouped: true };
}

function scanComparison(scanner: Scanner): Marker {
  const left = scanOperand(scanner);
  scanner.take(space);
  const operator = scanOperator(scanner);
  scanner.take(space);
  const right = scanOperand(scanner);
  return {
    kind: 'comparison',
    left: normalizeOperand(left, right, ['extra', 'extras', 'dependency_groups']),
    operator,
    right: normalizeOperand(right, left, ['extra']),
  };
}

function scanOperand(scanner: Scanner): MarkerOperand {
  const name = scanner.take(variable)?.replace('.', '_');
  if (name === 'python_implementation') return { kind: 'variable', name: 'platform_python_implementation' };
  if (name !== undefined) return { kind: 'variable', name };
  const literal = scanner.peek(/'[^']*'|"[^"]*"/y);
  const value = literal === undefined ? undefined : unquote(literal);
  if (literal === undefined || value === undefined) throw invalidMarker(scanner, 'a variable or a quoted text');
  scanner.position += literal.length;
  return { kind: 'value', value };
}

function scanOperator(scanner: Scanner): MarkerOperator {
  const word = scanner.take(/in\b|not[ \t]+in\b/y);
  const operator = word === undefined ? takeOperator(scanner) : word === 'in' ? 'in' : 'not in';
  if (operator === undefined) throw invalidMarker(scanner, 'one of == != <= >= < > ~= === in, not in');
  return operator;
}

function normalizeOperand(operand: MarkerOperand, other: MarkerOperand, namings: readonly string[]): MarkerOperand {
  const isName = other.kind === 'variable' && namings.includes(other.name);
  return isName && operand.kind === 'value' ? { kind: 'value', value: normalizeName(operand.value) } : operand;
}

function invalidMarker(scanner: Scanner, expected: string): PycontainerError {
  return new PycontainerError(
    'marker-invalid',
    `${shown(scanner.text)} is not a marker: character ${scanner.position + 1} should be ${expected}`,
    { hint: 'Markers look like: python_version < "3.11" and sys_platform == "linux" (PEP 508).' },
  );
}

/** The marker as `packaging` writes it: one space between words, double quotes. */
export function formatMarker(marker: Marker): string {
  return marker.kind === 'comparison'
    ? `${formatOperand(marker.left)} ${marker.operator} ${formatOperand(marker.right)}`
    : marker.operands.map((operand) => formatInside(operand, marker.kind)).join(` ${marker.kind} `);
}

function formatInside(marker: Marker, around: 'and' | 'or'): string {
  const text = formatMarker(marker);
  return marker.kind !== 'comparison' && (marker.grouped || around === 'and') ? `(${text})` : text;
}

function formatOperand(operand: MarkerOperand): string {
  return operand.kind === 'variable' ? operand.name : quote(operand.value);
}

/**
 * Whether the marker holds. All of it is looked at, so that a comparison without meaning is an error wherever it
 * stands. Errors: `marker-invalid`, also for `extras` and `dependency_groups` where the context has none.
 */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment, context: MarkerContext = {}): boolean {
  if (marker.kind === 'comparison') return evaluateComparison(marker, environment, context);
  const results = marker.operands.map((operand) => evaluateMarker(operand, environment, context));
  return marker.kind === 'and' ? results.every(Boolean) : results.some(Boolean);
}

function evaluateComparison(marker: MarkerComparison, environment: MarkerEnvironment, context: MarkerContext): boolean {
  const { left, operator, right } = marker;
  const flipped = left.kind === 'value';
  // Where both sides are variables the right one stands for its name, where both are texts the right one is looked up.
  const [name, text] = flipped ? [textOf(right), left.value] : [left.name, textOf(right)];
  const set = lookUpSet(name, context);
  const values = lookUpTexts(name, environment, context);
  const result =
    set && flipped
      ? compareWithSet(text, operator, set)
      : values && compareAny(values, operator, (value) => compareSides(name, flipped, value, operator, text));
  if (result !== undefined) return result;
  throw new PycontainerError('marker-invalid', `${shown(formatMarker(marker))} cannot be evaluated`, {
    hint: set || values ? `${operator} has no meaning there.` : `${shown(name)} has no value here.`,
  });
}

function compareSides(
  name: string,
  flipped: boolean,
  value: string,
  operator: MarkerOperator,
  text: string,
): boolean | undefined {
  return flipped ? compareValues(name, text, operator, value) : compareValues(name, value, operator, text);
}

function textOf(operand: MarkerOperand): string {
  return operand.kind === 'variable' ? operand.name : operand.value;
}

function lookUpSet(name: string, context: MarkerContext): ReadonlySet<string> | undefined {
  const names = name === 'extras' ? context.extras : name === 'dependency_groups' ? context.groups : undefined;
  return names && new Set([...names].map(normalizeName));
}

function lookUpTexts(
  name: string,
  environment: MarkerEnvironment,
  { extra = '' }: MarkerContext,
): readonly string[] | undefined {
  if (name === 'extra') return extrasOf(extra).map(normalizeName);
  if (name === 'python_full_version') return [pythonFullVersion(environment)];
  const values: Readonly<Record<string, string>> = environment;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? undefined : [value];
}

function extrasOf(extra: string | ReadonlySet<string>): readonly string[] {
  if (typeof extra === 'string') return [extra];
  return extra.size === 0 ? [''] : [...extra];
}
