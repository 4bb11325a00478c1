import { PycontainerError, type SourceLocation } from '../errors.ts';
import { checkNeeds } from './below.ts';
import { findConflicts, type NamedTarget } from './conflicts.ts';
import { inherit } from './extends.ts';
import { environmentLookup, fillVariables } from './fill.ts';
import { expandGroups } from './groups.ts';
import { asMap, child, locateKey, type SourceNode } from './node.ts';
import { throwInOrder } from './mistakes.ts';
import { applyOverrides } from './override.ts';
import { readRegistries } from './registries.ts';
import { resolveTarget } from './resolve.ts';
import { groupsSchema, topLevelSchema } from './schema/manifest.ts';
import { defaultsSchema, namePattern, targetSchema, type TargetSettings } from './schema/target.ts';
import { locationOf } from './source.ts';
import { refuseUnsupported } from './unsupported.ts';
import { validate } from './validate.ts';
import type * as z from 'zod';
import type { Config, RegistrySettings, Target } from './target.ts';

export interface ManifestOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; paths in the manifest are relative to it. */
  readonly root: string;
  /** `TARGET.KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** Makes a Config of a manifest's tree. All mistakes are thrown together, in the order of the file. */
export function resolveManifest(node: SourceNode, options: ManifestOptions): Config {
  const manifest = new Manifest(options);
  const config = manifest.read(node);
  throwInOrder(manifest.errors);
  return config;
}

class Manifest {
  readonly errors: PycontainerError[] = [];
  readonly #options: ManifestOptions;

  constructor(options: ManifestOptions) {
    this.#options = options;
  }

  read(node: SourceNode): Config {
    validate(topLevelSchema, asMap(node) ?? node, 'the manifest', this.errors);
    if (asMap(node) === undefined) throwInOrder(this.errors);
    const written = this.#targetNodes(node);
    const defaults = section(node, 'defaults');
    if (defaults !== undefined) this.#settings(defaultsSchema, defaults, 'target', "'defaults'");
    const merged = applyOverrides(
      inherit(written, defaults, this.errors),
      [...written.keys()],
      this.#options.set ?? [],
    );
    const named = [...merged].flatMap(([name, target]) => this.#target(name, target, written.get(name)));
    this.errors.push(...findConflicts(named));
    const read = named.map(({ target }) => target);
    this.errors.push(...checkNeeds(read, new Set(written.keys())));
    return {
      root: this.#options.root,
      targets: new Map(named.map(({ target }) => [target.name, target])),
      groups: this.#groups(node, new Set(written.keys())),
      registries: this.#registries(node),
    };
  }

  /** The sections of the targets as they are written; one without a value is an empty map. */
  #targetNodes(node: SourceNode): Map<string, SourceNode> {
    const targets = child(node, 'targets');
    const map = targets === undefined ? undefined : asMap(targets);
    if (map === undefined || map.entries.size === 0) {
      const message = "'targets' must be a map with at least one target";
      this.#refuse(message, 'The least is: targets: {app: {}}', locateKey(node, ['targets']));
    }
    const sections = new Map<string, SourceNode>();
    for (const [name, { key, value }] of map?.entries ?? []) {
      if (!namePattern.test(name)) {
        const hint = 'Names have lower-case letters, digits and hyphens.';
        this.#refuse(`'${name}' cannot name a target`, hint, locationOf(key));
      }
      sections.set(name, { ...(asMap(value) ?? value), span: key });
    }
    return sections;
  }

  #refuse(message: string, hint: string | undefined, location: SourceLocation): void {
    this.errors.push(new PycontainerError('manifest-invalid', message, { hint, location }));
  }

  #target(name: string, merged: SourceNode, written: SourceNode | undefined): (NamedTarget & { target: Target })[] {
    const read = this.#settings(targetSchema, merged, name, `'${name}'`, written);
    if (read === undefined) return [];
    const target = resolveTarget(name, read.settings, read.node, this.#options.root);
    return [{ target, node: read.node }];
  }

  /** Fills variables in and reads what is there. `extends` is checked where it is written: merging takes it away. */
  #settings(
    schema: z.ZodType<TargetSettings>,
    node: SourceNode,
    target: string,
    name: string,
    written: SourceNode = node,
  ): { settings: TargetSettings; node: SourceNode } | undefined {
    const environment = environmentLookup(this.#options.env);
    const filled = fillVariables(node, (key) => (key === 'target' ? target : environment(key)), this.errors);
    this.errors.push(...refuseUnsupported(filled));
    const settings = validate(schema, filled, name, this.errors);
    this.#checkExtends(written);
    return settings === undefined ? undefined : { settings, node: filled };
  }

  #checkExtends(written: SourceNode): void {
    const extended = child(written, 'extends');
    if (extended === undefined || (extended.kind === 'scalar' && extended.text !== null)) return;
    this.#refuse("'extends' takes the name of one target", undefined, locateKey(written, ['extends']));
  }

  #groups(node: SourceNode, targets: ReadonlySet<string>): Map<string, readonly string[]> {
    const groups = section(node, 'groups');
    const settings = groups && validate(groupsSchema, groups, "'groups'", this.errors);
    return groups && settings ? expandGroups(settings, targets, groups, this.errors) : new Map();
  }

  #registries(node: SourceNode): Map<string, RegistrySettings> {
    const registries = section(node, 'registries');
    if (registries === undefined) return new Map();
    return readRegistries(registries, this.#options.env, this.#options.root, this.errors);
  }
}

/** A section that is written down; without a value it is an empty map. */
function section(node: SourceNode, key: string): SourceNode | undefined {
  const value = child(node, key);
  return value === undefined ? undefined : (asMap(value) ?? value);
}
