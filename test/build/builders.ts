import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Event } from '../../src/events.ts';
import type { Plan, WorkspaceOptions } from '../../src/index.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { tagOf } from '../../src/cache/artifact.ts';
import type { LayerNode } from '../../src/plan/plan.ts';
import type { MemoryRegistry } from '../support/memory-registry.ts';
import { Project, type Ran } from '../support/project.ts';
import type { WheelSpec } from '../support/wheel.ts';

/** Above the size from which a wheel gets a layer of its own. */
export const heavy: WheelSpec = { name: 'heavy', files: { 'heavy.bin': randomBytes(1_100_000) } };
export const needy: WheelSpec = { name: 'needy', files: { 'needy.py': '1\n' }, metadata: ['Requires-Dist: absent'] };

interface Wish {
  readonly from?: string;
  readonly to?: string;
  /** Further keys of the target. */
  readonly more?: string;
}

/** A builder with a folder and a store of its own; all build the same. */
export async function builder(
  registry: MemoryRegistry,
  { from = 'cache', to = '', more = '' }: Wish = {},
): Promise<Project> {
  const list = (name: string): string => (name === '' ? '[""]' : `["${registry.host}/${name}"]`);
  const project = await Project.with({
    'pycontainer.yaml': `targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels], cache-from: ${list(from)}, cache-to: ${list(to)}${more}}}`,
    'main.py': 'print(1)\n',
  });
  await project.writeWheels(heavy, needy);
  return project;
}

export const pushed = (registry: MemoryRegistry, name = 'api'): string =>
  `, tags: ["${registry.host}/${name}:dev"], outputs: [{type: registry}]`;

/** Plans, and builds while wheels cannot be read. */
export async function upWithoutWheels(
  project: Project,
  options: WorkspaceOptions = {},
  names: RegExp = /./,
): Promise<Ran> {
  const events: Event[] = [];
  const { workspace, config } = await project.open({ emit: (event) => void events.push(event), ...options });
  await using opened = workspace;
  const plan = await opened.plan([...config.targets.values()]);
  const wheels = fs.readdirSync(project.path('wheels')).filter((name) => names.test(name));
  for (const name of wheels) fs.renameSync(project.path('wheels', name), project.path(name));
  const result = await opened.build(plan);
  for (const name of wheels) fs.renameSync(project.path(name), project.path('wheels', name));
  return { plan, result, events, warnings: [] };
}

export function nodeOf({ layers }: Plan, kind: LayerNode['kind']): LayerNode {
  const node = layers.find((layer) => layer.kind === kind);
  assert(node !== undefined);
  return node;
}

export function of<Type extends Event['type']>(events: readonly Event[], type: Type): Extract<Event, { type: Type }>[] {
  return events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);
}

export function downloads(events: readonly Event[]): number {
  return of(events, 'download').filter(({ finished }) => finished === true).length;
}

export const cacheWarnings = (events: readonly Event[]): readonly string[] =>
  of(events, 'warning').flatMap(({ code, message }) => (code.startsWith('cache-') ? [`${code}: ${message}`] : []));

export const blobReads = ({ requests }: MemoryRegistry, name: string): number =>
  requests.filter((line) => line.startsWith(`GET /v2/${name}/blobs/sha256:`)).length;

/** Gives the mapping of a layer another DiffId. */
export function lie(registry: MemoryRegistry, { key, layer }: LayerNode): void {
  remap(registry, key, (text) => text.replaceAll(layer?.diffId ?? '', `sha256:${'0'.repeat(64)}`));
}

export function remap(registry: MemoryRegistry, key: LayerNode['key'], edit: (manifest: string) => string): void {
  const { manifests, tags } = registry.repository('cache');
  const manifest = manifests.get(tags.get(tagOf(key)) ?? '');
  assert(manifest !== undefined);
  const bytes = Buffer.from(edit(manifest.bytes.toString()));
  manifests.set(digestOf(bytes), { ...manifest, bytes });
  tags.set(tagOf(key), digestOf(bytes));
}
