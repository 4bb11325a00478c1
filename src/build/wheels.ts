import { PycontainerError } from '../errors.ts';
import type { FileFound } from '../layer/job.ts';
import { fetchWheel } from '../python/index/fetch.ts';
import { findFileBinaries } from '../python/install/binaries.ts';
import { factsFormat, type InstalledFacts, installedFacts } from '../python/install/installed.ts';
import { installFormat, type InstallTarget } from '../python/install/target.ts';
import { openWheel, type Wheel } from '../python/install/wheel.ts';
import type { PlannedPackage, PlatformInputs } from '../plan/inputs.ts';
import type { BuildContext } from './context.ts';

/** Fetches and opens the wheels of packages, in their order. */
export async function openWheels(
  packages: readonly PlannedPackage[],
  platform: PlatformInputs,
  context: BuildContext,
): Promise<readonly Wheel[]> {
  if (packages.length === 0) return [];
  const finder = context.finderOf(platform);
  if (finder === undefined) throw new PycontainerError('internal', 'Packages without a place to find them');
  return Promise.all(packages.map(async ({ wheel }) => openWheel(await fetchWheel(wheel, finder), wheel.filename)));
}

/** What an earlier run, of this project or another, learned when it installed the wheel; or what a copied package tells itself. */
export async function keptFacts(
  { wheel, copied }: PlannedPackage,
  install: InstallTarget,
  { store }: BuildContext,
): Promise<InstalledFacts | undefined> {
  if (copied !== undefined) return { ...copied.facts, binaries: findFileBinaries(copied.entries) };
  return store.getResult<InstalledFacts>('installed', factsKey(wheel.sha256, install));
}

/** Learns it from the open wheel; `found` is what making a layer has seen of its files already. */
export async function learnFacts(
  { wheel: file }: PlannedPackage,
  wheel: Wheel,
  install: InstallTarget,
  found: ReadonlyMap<string, FileFound>,
  { store }: BuildContext,
): Promise<InstalledFacts> {
  const facts = await installedFacts(wheel, install, found);
  await store.putResult('installed', factsKey(file.sha256, install), facts);
  return facts;
}

/** Under which the store keeps what is known of an installed wheel. */
export function factsKey(
  sha256: string,
  { prefix, pythonVersion, layout, implementation, freeThreaded, interpreter }: InstallTarget,
): string {
  return JSON.stringify([
    installFormat,
    factsFormat,
    sha256,
    prefix,
    pythonVersion,
    layout,
    implementation,
    freeThreaded,
    interpreter,
  ]);
}
