import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type BuildResult,
  type Config,
  loadConfig,
  type Plan,
  selectTargets,
  Workspace,
  type WorkspaceOptions,
} from '../../src/index.ts';
import type { Event, WarningEvent } from '../../src/events.ts';
import { addImage, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { writeWheel, type WheelSpec } from './wheel.ts';

export type ProjectFiles = Readonly<Record<string, string | Buffer>>;

/** What came of planning and building once. */
export interface Ran {
  readonly plan: Plan;
  readonly result: BuildResult;
  readonly events: readonly Event[];
  /** What a user is told: of the plan, of layers that are kept, and on the way. */
  readonly warnings: readonly WarningEvent[];
}

/**
 * A project in a temporary folder, planned and built in this process with a store of its own. Its base, `oci:../base`,
 * is shaped like `python:3.12-slim` and has no programs that run.
 */
export class Project implements AsyncDisposable {
  /** Everything of it is below. */
  readonly root: string;
  /** The manifest's folder. */
  readonly folder: string;
  readonly env: Record<string, string>;

  private constructor() {
    this.root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-project-'));
    this.folder = path.join(this.root, 'project');
    this.env = {
      PYCONTAINER_ENGINE: 'none',
      HOME: path.join(this.root, 'home'),
      PYCONTAINER_STORE: path.join(this.root, 'store'),
      PIP_CONFIG_FILE: '/dev/null',
      PIP_NO_INDEX: '1',
      UV_NO_CONFIG: '1',
    };
  }

  static async with(files: ProjectFiles): Promise<Project> {
    const project = new Project();
    project.write(files);
    const blobs = emptyBlobs();
    writeLayout(path.join(project.root, 'base'), blobs, [tagged(await addImage(blobs, official), 'latest')]);
    return project;
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  get storeFolder(): string {
    return path.join(this.root, 'store');
  }

  write(files: ProjectFiles): void {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
      fs.writeFileSync(this.path(name), content);
    }
  }

  /** Writes wheels into `wheels/`, and a requirements.txt that pins them all. */
  async writeWheels(...specs: readonly WheelSpec[]): Promise<void> {
    fs.mkdirSync(this.path('wheels'), { recursive: true });
    for (const spec of specs) await writeWheel(this.path('wheels'), spec);
    const pins = specs.map(({ name = 'demo', version = '1.0' }) => `${name}==${version}`);
    this.write({ 'requirements.txt': ['--no-index', '--find-links wheels', ...pins, ''].join('\n') });
  }

  config(): Promise<Config> {
    return loadConfig({ cwd: this.folder, env: this.env, set: [] });
  }

  async open(options: WorkspaceOptions = {}): Promise<{ workspace: Workspace; config: Config }> {
    const config = await this.config();
    return { workspace: await Workspace.open(config, { env: this.env, cwd: this.folder, ...options }), config };
  }

  /** Plans all targets. */
  async plan(options: WorkspaceOptions = {}): Promise<Plan> {
    const { workspace, config } = await this.open(options);
    await using opened = workspace;
    return opened.plan(selectTargets(config, []));
  }

  /** Plans and builds all targets, once. */
  async up(options: WorkspaceOptions = {}): Promise<Ran> {
    const events: Event[] = [];
    const { workspace, config } = await this.open({ emit: (event) => void events.push(event), ...options });
    await using opened = workspace;
    const plan = await opened.plan(selectTargets(config, []));
    const result = await opened.build(plan);
    const warnings = [
      ...plan.targets.flatMap((target) => target.warnings),
      ...plan.layers.flatMap((layer) => layer.warnings),
      ...events.filter((event) => event.type === 'warning'),
    ];
    return { plan, result, events, warnings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

/** Titles of the layers that are stale. */
export function staleOf({ layers }: Plan): readonly string[] {
  return layers.filter(({ state }) => state === 'stale').map(({ title }) => title);
}
