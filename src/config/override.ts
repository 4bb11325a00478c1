import { PycontainerError } from '../errors.ts';
import { globPattern } from './glob.ts';
import { mergeNodes } from './merge.ts';
import { suggest } from './nearest.ts';
import { SourceText } from './source.ts';
import { readYaml } from './yaml.ts';
import type { SourceNode } from './node.ts';

/** Maps with keys of the user's choice: what follows them is one key, dots and all. */
const freeMaps = ['environment', 'labels', 'annotations'];

/**
 * Lays `--set TARGET.KEY=VALUE` over the merged targets. TARGET may be a glob; the value is YAML; KEY goes down by dots.
 * An override belongs to the targets that it names, not to those that extend them. `declared` has the names of targets
 * that could not be merged, too.
 * Throws 'usage', 'target-not-found', 'manifest-syntax'.
 */
export function applyOverrides(
  targets: ReadonlyMap<string, SourceNode>,
  declared: readonly string[],
  overrides: readonly string[],
): Map<string, SourceNode> {
  const result = new Map(targets);
  for (const override of overrides) {
    const { target, keys, value } = parseOverride(override);
    const pattern = globPattern(target);
    const names = declared.filter((name) => pattern.test(name));
    if (names.length === 0) {
      throw new PycontainerError(
        'target-not-found',
        `--set ${target}.${keys.join('.')}: No target is named '${target}'`,
        {
          hint: suggest(target, declared),
        },
      );
    }
    for (const name of names) {
      const node = result.get(name);
      if (node !== undefined) result.set(name, { ...mergeNodes(node, wrap(keys, value)), span: node.span });
    }
  }
  return result;
}

function parseOverride(text: string): { target: string; keys: string[]; value: SourceNode } {
  const [, target, keyText, valueText] = /^([^.=\s]+)\.([^=\s]+)=(.*)$/s.exec(text) ?? [];
  if (target === undefined || keyText === undefined || valueText === undefined) {
    throw new PycontainerError('usage', '--set takes TARGET.KEY=VALUE', {
      hint: 'For example: --set api.platforms=[linux/arm64]',
    });
  }
  const value = readYaml(new SourceText(`--set ${target}.${keyText}`, valueText));
  return { target, keys: splitKeys(keyText), value };
}

function splitKeys(text: string): string[] {
  const parts = text.split('.');
  const free = parts.findIndex((part) => freeMaps.includes(part));
  if (free === -1 || free + 1 >= parts.length) return parts;
  return [...parts.slice(0, free + 1), parts.slice(free + 1).join('.')];
}

function wrap(keys: readonly string[], value: SourceNode): SourceNode {
  return keys.reduceRight<SourceNode>(
    (inner, key) => ({ kind: 'map', entries: new Map([[key, { key: value.span, value: inner }]]), span: value.span }),
    value,
  );
}
