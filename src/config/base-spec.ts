import { PycontainerError } from '../errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { BaseSpec } from './target.ts';

const words = ['oci', 'oci-archive', 'docker-archive', 'rootfs', 'engine', 'target'] as const;

/**
 * Reads `scratch`, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`, `rootfs:PATH`, `engine:NAME`,
 * `target:NAME`; everything else is a registry reference. Paths stay as they are written. Throws 'reference-invalid',
 * or 'manifest-invalid' for a word without what belongs to it.
 */
export function parseBase(text: string): BaseSpec {
  if (text === 'scratch') return { kind: 'scratch' };
  const word = words.find((word) => text.startsWith(`${word}:`));
  if (word === undefined) return { kind: 'registry', reference: parseReference(text) };
  const rest = text.slice(word.length + 1);
  const [path, tag] = splitAtFirst(rest, ':');
  if (path === '' || tag === '') {
    const what = word === 'engine' || word === 'target' ? 'a name' : 'a path';
    throw new PycontainerError('manifest-invalid', `'${text}' is not a base`, {
      hint: `After '${word}:' comes ${what}.`,
    });
  }
  switch (word) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return { kind: word, path, ...(tag === undefined ? {} : { tag }) };
    case 'rootfs':
      return { kind: word, path: rest };
    case 'engine':
    case 'target':
      return { kind: word, name: rest };
  }
}

function splitAtFirst(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
