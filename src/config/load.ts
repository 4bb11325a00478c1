import path from 'node:path';
import { PycontainerError } from '../errors.ts';
import { discoverManifest, readManifest, type FoundManifest } from './discover.ts';
import { resolveManifest } from './manifest.ts';
import { loadSettings } from './settings.ts';
import { SourceText } from './source.ts';
import { readToml } from './toml.ts';
import { readYaml } from './yaml.ts';
import type { SourceNode } from './node.ts';
import type { Config } from './target.ts';

export interface LoadOptions {
  /** Where the search begins, and what `file` and shown paths are relative to. */
  readonly cwd: string;
  /** The manifest; absent: looked for. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `TARGET.KEY=VALUE`, each laid over the manifest; TARGET may be a glob, the value is YAML. */
  readonly set?: readonly string[];
}

/**
 * Finds the manifest, reads it, and resolves it to targets. All of its mistakes are thrown together, each with its
 * place. Throws 'manifest-not-found' when there is none: {@link assumeConfig} goes on from there.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { cwd, file, env, set = [] } = options;
  const found = file === undefined ? await discoverManifest(cwd) : await readManifest(path.resolve(cwd, file), file);
  if (found === undefined) {
    throw new PycontainerError('manifest-not-found', `There is no pycontainer.yaml in ${cwd} or above it`, {
      hint: 'Write one with `pycontainer init`, or name one with -f.',
    });
  }
  const root = path.dirname(found.file);
  const config = resolveManifest(readTree(found, file ?? shownPath(found.file, cwd)), { env, root, set });
  const registries = new Map((await loadSettings(env)).registries);
  for (const [host, own] of config.registries) registries.set(host, { ...registries.get(host), ...own });
  return { ...config, file: found.file, registries };
}

function readTree({ file, text }: FoundManifest, shown: string): SourceNode {
  const source = new SourceText(shown, text);
  refuseOtherEncodings(source);
  if (path.extname(file) !== '.toml') return readYaml(source);
  const isProject = path.basename(file) === 'pyproject.toml';
  const node = readToml(source, isProject ? ['tool', 'pycontainer'] : []);
  if (node !== undefined) return node;
  throw new PycontainerError('manifest-not-found', `${shown} has no table [tool.pycontainer]`);
}

/** Bytes that are not UTF-8 were read as replacement characters, which nobody writes. */
function refuseOtherEncodings(source: SourceText): void {
  const at = source.text.indexOf('\uFFFD');
  if (at === -1) return;
  throw new PycontainerError('manifest-syntax', 'This is not UTF-8', {
    hint: 'Save the file as UTF-8.',
    location: source.locate(at, at + 1),
  });
}

function shownPath(file: string, cwd: string): string {
  return path.relative(cwd, file);
}
