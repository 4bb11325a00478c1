import { PycontainerError } from '../errors.ts';
import { locateKey, nodeAt, type SourceNode } from './node.ts';

interface Unsupported {
  /** Keys from a target down. */
  readonly path: readonly string[];
  /** Completes "… is not supported yet: …". */
  readonly reason: string;
}

/** What the schema knows and nothing acts on yet. Refused, never passed over: a row goes when its meaning comes. */
const table: readonly Unsupported[] = [
  { path: ['packages'], reason: 'take a base that has the packages' },
  { path: ['steps'], reason: 'run the commands before the build and pack what they make' },
  { path: ['members'], reason: 'declare one target for each member' },
  { path: ['matrix'], reason: 'declare one target for each variant' },
  { path: ['sbom'], reason: 'nothing makes one' },
  { path: ['provenance'], reason: 'nothing makes one' },
];

/** An error for each thing in a target's map that is known but does nothing yet. */
export function refuseUnsupported(target: SourceNode): PycontainerError[] {
  return table.flatMap(({ path, reason }) => {
    if (nodeAt(target, path) === undefined) return [];
    const location = locateKey(target, path);
    return [
      new PycontainerError('not-supported-yet', `'${path.join('.')}' is not supported yet: ${reason}`, { location }),
    ];
  });
}
