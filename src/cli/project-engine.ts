import { homedir } from 'node:os';
import { PycontainerError } from '../errors.ts';
import type { Config } from '../index.ts';
import { connectEngine } from '../engine/connect.ts';
import { type Engine, isEngine } from '../engine/engine.ts';
import { type Project, projectOf } from '../run/project.ts';
import type { Console } from './console.ts';
import type { SharedOptions } from './options.ts';
import { findConfig } from './session.ts';

/** What commands need that look at the containers of a project. To be closed. */
export interface ProjectEngine extends AsyncDisposable {
  readonly config: Config;
  readonly project: Project;
  readonly engine: Engine;
}

/** @throws PycontainerError 'engine-unreachable' where none answers */
export async function openProjectEngine(options: SharedOptions, console: Console): Promise<ProjectEngine> {
  const config = await findConfig(options, console);
  const { env } = process;
  const engine = await connectEngine({ env, home: env['HOME'] || homedir() });
  if (!isEngine(engine)) throw new PycontainerError('engine-unreachable', engine.why, { hint: engine.hint });
  return {
    config,
    project: projectOf(config.root),
    engine,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
