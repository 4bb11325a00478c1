import type { Tree } from './tree.ts';

/** @see https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export function osRelease(tree: Tree): { readonly id: string; readonly versionId?: string } | undefined {
  const text = (tree.file('/etc/os-release') ?? tree.file('/usr/lib/os-release'))?.node.text;
  if (text === undefined) return undefined;
  const versionId = assignment(text, 'VERSION_ID');
  return { id: assignment(text, 'ID') ?? 'linux', ...(versionId === undefined ? {} : { versionId }) };
}

/** A shell assignment: the last one counts, quotes are taken off. */
function assignment(text: string, key: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${key}=`));
  const value = lines
    .at(-1)
    ?.slice(key.length + 1)
    .trim();
  if (value === undefined || value === '') return undefined;
  const quoted = /^(["'])(.*)\1$/.exec(value)?.[2];
  return quoted === undefined ? value : quoted.replaceAll(/\\(["$`\\])/g, '$1');
}
