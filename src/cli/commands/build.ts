import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ErrorCode, PycontainerError } from '../../errors.ts';
import type { BuildResult, Target, Workspace } from '../../index.ts';
import { metadataObject } from '../../ui/metadata.ts';
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

/** Builds what is stale and delivers it. `up` without anything to run is the same. */
export async function buildCommand(
  names: readonly string[],
  options: BuildOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const started = performance.now();
  const config = await findConfig(options, console);
  await using workspace = await openWorkspace(config, options, console, signal);
  const result = await planAndBuild(workspace, chooseTargets(config, names, options), console);
  console.emit({ type: 'done', durationMs: performance.now() - started, built: result.built, fresh: result.fresh });
  if (options.metadataFile !== undefined) {
    await writeFile(
      resolve(options.directory ?? '.', options.metadataFile),
      `${JSON.stringify(metadataObject(result), null, 2)}\n`,
    );
  }
  for (const { plan, image } of result.targets) console.result(`${plan.target.name} ${image.root.descriptor.digest}`);
  return 0;
}

async function planAndBuild(workspace: Workspace, targets: readonly Target[], console: Console): Promise<BuildResult> {
  for (let attempt = 1; ; attempt += 1) {
    const started = performance.now();
    const plan = await workspace.plan(targets);
    if (attempt === 1) announce(plan, console);
    const stale = plan.layers.filter(({ state }) => state === 'stale').length;
    console.emit({
      type: 'planned',
      fresh: plan.layers.length - stale,
      stale,
      durationMs: performance.now() - started,
    });
    try {
      return await workspace.build(plan);
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
