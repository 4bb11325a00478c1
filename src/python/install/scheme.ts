import { wheelError } from './problem.ts';
import type { Scheme } from './target.ts';

/** Which scheme a file of a wheel belongs to, and its path in that scheme's folder. */
export interface SchemePart {
  /** `root` is what stands outside of `.data`: modules and metadata. */
  readonly scheme: Scheme | 'root';
  readonly path: string;
}

/**
 * Reads a member's path as pip does: any top folder that ends in `.data` is one. Refuses what stands in it outside of a
 * scheme that is known.
 */
export function schemePart(path: string, wheel: string): SchemePart {
  const [top = '', scheme = '', ...rest] = path.split('/');
  if (!top.endsWith('.data')) return { scheme: 'root', path };
  if (!isScheme(scheme) || rest.length === 0) throw wheelError('data-scheme', wheel, path);
  return { scheme, path: rest.join('/') };
}

const schemes: ReadonlySet<string> = new Set<Scheme>(['purelib', 'platlib', 'scripts', 'headers', 'data']);

function isScheme(text: string): text is Scheme {
  return schemes.has(text);
}
