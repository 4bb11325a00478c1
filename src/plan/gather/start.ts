import { createHash } from 'node:crypto';
import type { Target } from '../../config/target.ts';
import { inferStart, type Start, startSources } from '../../app/start.ts';
import type { Project } from '../../python/project.ts';
import type { GatheredApp } from './files.ts';
import type { Shared } from './shared.ts';
import type { PlanSources } from './sources.ts';

/** How the app starts, inferred; the answer is kept, so that an unchanged tree is not read for it again. */
export function gatherStart(
  target: Target,
  app: GatheredApp,
  project: Project | undefined,
  packages: ReadonlySet<string>,
  sources: PlanSources,
  shared: Shared,
): Promise<Start> {
  return shared.once('start', [app.key, target.ports[0], [...packages]], () =>
    startOf(target, app, project, packages, sources),
  );
}

async function startOf(
  target: Target,
  { selected, hashes }: GatheredApp,
  project: Project | undefined,
  packages: ReadonlySet<string>,
  { store }: PlanSources,
): Promise<Start> {
  const inputs = {
    scripts: project?.isPackage === true ? [...project.scripts.keys()] : [],
    ...(project?.writtenName === undefined ? {} : { projectName: project.writtenName }),
    packages,
    files: selected.files,
    port: Number(/^[0-9]+/.exec(target.ports[0] ?? '')?.[0] ?? 8000),
  };
  const sources = startSources(selected.files).map(({ path }) => [path, hashes.get(path)]);
  const all = [
    inputs.scripts,
    inputs.projectName ?? null,
    [...packages].toSorted(),
    inputs.port,
    sources,
    selected.files.map(({ path }) => path),
  ];
  const key = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  const kept = await store.getResult<Start>('start', key);
  if (kept !== undefined) return kept;
  const start = inferStart(inputs);
  await store.putResult('start', key, start);
  return start;
}
