import { PycontainerError } from '../errors.ts';
import { formatMarker, scanMarker } from './marker.ts';
import type { Marker } from './marker.ts';
import { normalizeName } from './name.ts';
import { Scanner, shown, skipSpace } from './scanner.ts';
import { formatSpecifiers, parseSpecifiers, takeOperator } from './specifier.ts';
import type { Specifiers } from './specifier.ts';

/** What a package asks of another (PEP 508). */
export interface Requirement {
  /** Normalized. */
  readonly name: string;
  /** Normalized, sorted, each once. */
  readonly extras: readonly string[];
  readonly specifiers: Specifiers;
  /** Where the package is to be had; there are no specifiers then. */
  readonly url?: string;
  readonly marker?: Marker;
  /** Names as they were written; extras sorted, each once. */
  readonly written: { readonly name: string; readonly extras: readonly string[] };
}

const space = /[ \t]+/y;
const identifier = /[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?/iy;

/** Errors: `requirement-invalid`, with the error of a marker or specifier in it as the cause. */
export function parseRequirement(text: string): Requirement {
  const scanner = new Scanner(text);
  try {
    return scanRequirement(scanner);
  } catch (error) {
    if (!(error instanceof PycontainerError) || error.code === 'requirement-invalid') throw error;
    throw invalidRequirement(text, error.message, error);
  }
}

function scanRequirement(scanner: Scanner): Requirement {
  scanner.take(space);
  const name = take(scanner, identifier, 'a name');
  scanner.take(space);
  const extras = [...new Set(scanExtras(scanner))].toSorted();
  scanner.take(space);
  const url = scanner.take(/@/y) === undefined ? undefined : scanUrl(scanner);
  const specifiers = url === undefined ? scanSpecifiers(scanner) : [];
  const marker = scanner.done ? undefined : scanMarkerPart(scanner);
  return {
    name: normalizeName(name),
    extras: [...new Set(extras.map(normalizeName))].toSorted(),
    specifiers,
    ...(url !== undefined && { url }),
    ...(marker && { marker }),
    written: { name, extras },
  };
}

function scanExtras(scanner: Scanner): readonly string[] {
  const extras: string[] = [];
  if (scanner.take(/\[/y) === undefined) return extras;
  scanner.take(space);
  if (scanner.peek(identifier) !== undefined) {
    do {
      scanner.take(space);
      extras.push(take(scanner, identifier, 'the name of an extra'));
      scanner.take(space);
    } while (scanner.take(/,/y) !== undefined);
  }
  take(scanner, /\]/y, 'a comma or a closing bracket');
  return extras;
}

function scanUrl(scanner: Scanner): string {
  scanner.take(space);
  const url = take(scanner, /[^ \t]+/y, 'a URL');
  scanner.take(space);
  return url;
}

function scanSpecifiers(scanner: Scanner): Specifiers {
  const enclosed = scanner.take(/\(/y) !== undefined;
  const clauses = scanClauses(scanner);
  if (enclosed) take(scanner, /\)/y, 'a comma or a closing parenthesis');
  scanner.take(space);
  return parseSpecifiers(clauses.join(','));
}

function scanClauses(scanner: Scanner): readonly string[] {
  const clauses: string[] = [];
  do {
    scanner.take(space);
    const operator = takeOperator(scanner);
    if (operator === undefined) break;
    skipSpace(scanner);
    const version = scanner.take(operator === '===' ? /[^\s;)]+/y : /[^\s;),]+/y) ?? '';
    clauses.push(operator + version);
    scanner.take(space);
  } while (scanner.take(/,/y) !== undefined);
  scanner.take(space);
  return clauses;
}

function scanMarkerPart(scanner: Scanner): Marker {
  take(scanner, /;/y, 'a version specifier, or a semicolon before a marker');
  const marker = scanMarker(scanner);
  if (!scanner.done) throw expected(scanner, 'and, or, or the end');
  return marker;
}

function take(scanner: Scanner, pattern: RegExp, what: string): string {
  const text = scanner.take(pattern);
  if (text === undefined) throw expected(scanner, what);
  return text;
}

function expected(scanner: Scanner, what: string): PycontainerError {
  return invalidRequirement(scanner.text, `character ${scanner.position + 1} should be ${what}`);
}

function invalidRequirement(text: string, problem: string, cause?: PycontainerError): PycontainerError {
  return new PycontainerError('requirement-invalid', `${shown(text)} is not a requirement: ${problem}`, {
    hint: cause?.hint ?? 'Requirements look like: name[extra]>=1.2; python_version < "3.11" (PEP 508).',
    cause,
  });
}

/** The requirement as `packaging` writes it, names as they were written. */
export function formatRequirement({ written, specifiers, url, marker }: Requirement): string {
  const extras = written.extras.length > 0 ? `[${written.extras.join(',')}]` : '';
  const place = url === undefined ? formatSpecifiers(specifiers) : ` @ ${url}${marker ? ' ' : ''}`;
  return `${written.name}${extras}${place}${marker ? `; ${formatMarker(marker)}` : ''}`;
}
