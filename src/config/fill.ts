import { PycontainerError } from '../errors.ts';
import { interpolate, type Lookup, type VariableFlaw } from './interpolate.ts';
import type { ScalarNode, SourceNode } from './node.ts';

/** The environment as a lookup; what JavaScript objects have by nature is not in it. */
export function environmentLookup(env: Readonly<Record<string, string | undefined>>): Lookup {
  return (name) => (Object.hasOwn(env, name) ? env[name] : undefined);
}

/** Fills variables into every scalar. Keys stay as they are. Mistakes ('manifest-variable') go to `errors`. */
export function fillVariables(node: SourceNode, lookup: Lookup, errors: PycontainerError[]): SourceNode {
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item) => fillVariables(item, lookup, errors)) };
  }
  if (node.kind === 'map') {
    const entries = [...node.entries].map(
      ([key, entry]) => [key, { ...entry, value: fillVariables(entry.value, lookup, errors) }] as const,
    );
    return { ...node, entries: new Map(entries) };
  }
  return fillScalar(node, lookup, errors);
}

function fillScalar(node: ScalarNode, lookup: Lookup, errors: PycontainerError[]): ScalarNode {
  if (node.text === null || !node.text.includes('$')) return node;
  const { text, flaws } = interpolate(node.text, lookup);
  for (const flaw of flaws) errors.push(flawError(node, node.text, flaw));
  return { ...node, text, written: node.text, isUnfilled: flaws.length > 0 };
}

function flawError({ span }: ScalarNode, text: string, { at, length, message, hint }: VariableFlaw): PycontainerError {
  const { source, start, end } = span;
  const expression = text.slice(at, at + length);
  const earlier = text.slice(0, at).split(expression).length - 1;
  const written = source.text.slice(start, end).split(expression);
  const known = written.length > earlier + 1;
  const from = known ? start + written.slice(0, earlier + 1).join(expression).length : start;
  const location = source.locate(from, known ? from + length : end);
  return new PycontainerError('manifest-variable', message, { hint, location });
}
