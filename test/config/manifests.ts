import { PycontainerError } from '../../src/errors.ts';
import { resolveManifest, type ManifestOptions } from '../../src/config/manifest.ts';
import { SourceText } from '../../src/config/source.ts';
import { readYaml } from '../../src/config/yaml.ts';
import { formatError } from '../../src/ui/error.ts';
import type { Config, Target } from '../../src/config/target.ts';
import type { SourceNode } from '../../src/config/node.ts';

export function yaml(text: string): SourceNode {
  return readYaml(new SourceText('pycontainer.yaml', text));
}

/** Resolves a manifest in /project, with no environment unless given. */
export function resolve(text: string, options: Partial<ManifestOptions> = {}): Config {
  return resolveManifest(yaml(text), { env: {}, root: '/project', ...options });
}

/** The one target `app` whose section is this flow map or indented block. */
export function resolveApp(section: string, options: Partial<ManifestOptions> = {}): Target {
  const target = resolve(`targets:\n  app: ${section}`, options).targets.get('app');
  if (target === undefined) throw new Error('no app');
  return target;
}

/** What a person reads about a manifest; empty when it has no mistakes. */
export function mistakes(text: string, options: Partial<ManifestOptions> = {}): string {
  try {
    resolve(text, options);
    return '';
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    return formatError(error);
  }
}

/** The code, message and hint of every mistake in the section of one target `app`. */
export function mistakesOfApp(section: string, options: Partial<ManifestOptions> = {}): (string | undefined)[][] {
  try {
    resolveApp(section, options);
    return [];
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    return [error, ...error.others].map(({ code, message, hint }) => [code, message, hint]);
  }
}
