import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ErrorCode, PycontainerError, systemCode } from '../../errors.ts';
import { type BuildResult, doneEvent, type Plan, plannedEvent, type Target, type Workspace } from '../../index.ts';
import { type MetadataJson, metadataJson } from '../../ui/metadata.ts';
import type { Console } from '../console.ts';
import type { TargetOptions } from '../options.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { announce } from './announce.ts';

export interface BuildOptions extends TargetOptions {
  readonly metadataFile?: string;
}

/** What a second look mends: files that were being written, blobs that were found damaged and dropped. */
const lookAgain: ReadonlySet<ErrorCode> = new Set([
  'file-changed-while-read',
  'store-blob-damaged',
  'store-blob-missing',
]);
const attempts = 3;

/** Builds what is stale and delivers it. */
export async function buildCommand(
  names: readonly string[],
  options: BuildOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const config = await findConfig(options, console);
  const metadata = metadataFiles(options);
  await using workspace = await openWorkspace(config, options, console, signal, metadata);
  tellImages(await buildTargets(workspace, chooseTargets(config, names, options), metadata, console), console);
  return 0;
}

/** Builds and delivers, and tells what came of it. */
export async function buildTargets(
  workspace: Workspace,
  targets: readonly Target[],
  metadata: readonly string[],
  console: Console,
): Promise<BuildResult> {
  const started = performance.now();
  const { plan, result } = await planAndBuild(workspace, targets, console);
  console.emit(doneEvent(result, performance.now() - started));
  for (const file of metadata) await writeMetadata(file, metadataJson(result, plan));
  return result;
}

/** The results of a build: targets and digests. */
export function tellImages({ targets }: BuildResult, console: Console): void {
  for (const { plan, image } of targets) console.result(`${plan.target.name} ${image.root.descriptor.digest}`);
}

/** Absolute; they are never packed. */
export function metadataFiles({ metadataFile, directory }: BuildOptions): readonly string[] {
  return metadataFile === undefined ? [] : [resolve(directory ?? '.', metadataFile)];
}

async function writeMetadata(file: string, metadata: MetadataJson): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(metadata, null, 2)}\n`);
  } catch (cause) {
    const why = systemCode(cause) ?? 'unknown reason';
    throw new PycontainerError('output-unusable', `${file} cannot be written (${why})`, {
      hint: 'The images are built and delivered. Name another --metadata-file.',
      cause,
    });
  }
}

async function planAndBuild(
  workspace: Workspace,
  targets: readonly Target[],
  console: Console,
): Promise<{ plan: Plan; result: BuildResult }> {
  for (let attempt = 1; ; attempt += 1) {
    const started = performance.now();
    const plan = await workspace.plan(targets);
    if (attempt === 1) announce(plan, console);
    console.emit(plannedEvent(plan, performance.now() - started));
    try {
      return { plan, result: await workspace.build(plan) };
    } catch (error) {
      const again =
        error instanceof PycontainerError && [error, ...error.others].every(({ code }) => lookAgain.has(code));
      if (!again || attempt >= attempts) throw error;
      console.emit({
        type: 'warning',
        code: error.code,
        message: `${error.message}: looking again`,
        location: error.location,
      });
    }
  }
}
