import { PycontainerError } from '../errors.ts';
import { child, locateKey, locateValue, type KeyPath, type SourceNode } from './node.ts';

interface Unsupported {
  /** Keys from a target down; `*` is every item. */
  readonly path: readonly string[];
  /** Only these values are refused; absent: the key is. */
  readonly values?: RegExp;
  /** Completes "… is not supported yet: …". */
  readonly reason: string;
}

/** What the schema knows and nothing acts on yet. Refused, never passed over: a row goes when its meaning comes. */
const table: readonly Unsupported[] = [
  { path: ['packages'], reason: 'take a base that has the packages' },
  { path: ['steps'], reason: 'run the commands before the build and pack what they make' },
  { path: ['members'], reason: 'declare one target for each member' },
  { path: ['matrix'], reason: 'declare one target for each variant' },
  { path: ['cache-from'], reason: 'there is no remote cache' },
  { path: ['cache-to'], reason: 'there is no remote cache' },
  { path: ['sbom'], reason: 'nothing makes one' },
  { path: ['provenance'], reason: 'nothing makes one' },
  { path: ['watch'], reason: 'there is no watch mode' },
  { path: ['run'], reason: 'images are built and delivered, not run' },
  { path: ['limits'], reason: 'sizes are not judged' },
  { path: ['base'], values: /^engine:/, reason: 'use a registry reference or an OCI layout' },
  { path: ['files', '*', 'from'], values: /^engine:/, reason: 'use a registry reference or an OCI layout' },
];

/** An error for each thing in a target's map that is known but does nothing yet. */
export function refuseUnsupported(target: SourceNode): PycontainerError[] {
  return table.flatMap(({ path, values, reason }) =>
    expand(target, path).flatMap((found) => {
      const node = found.reduce<SourceNode | undefined>((at, key) => at && child(at, key), target);
      if (node === undefined) return [];
      if (values === undefined) return [refusal(`'${path.join('.')}'`, reason, locateKey(target, found))];
      if (node.kind !== 'scalar' || node.text === null || !values.test(node.text)) return [];
      return [refusal(`'${path.at(-1)}: ${node.written ?? node.text}'`, reason, locateValue(target, found))];
    }),
  );
}

function refusal(what: string, reason: string, location: ReturnType<typeof locateKey>): PycontainerError {
  return new PycontainerError('not-supported-yet', `${what} is not supported yet: ${reason}`, { location });
}

/** The paths that a pattern stands for in this tree. */
function expand(node: SourceNode | undefined, pattern: readonly string[], before: KeyPath = []): KeyPath[] {
  const [key, ...rest] = pattern;
  if (node === undefined) return [];
  if (key === undefined) return [before];
  const keys = key !== '*' ? [key] : node.kind === 'list' ? [...node.items.keys()] : [];
  return keys.flatMap((key) => expand(child(node, key), rest, [...before, key]));
}
