import path from 'node:path';
import { loadConfig, type LockedFiles, type Plan, Workspace } from '../../../src/index.ts';
import { official } from '../../base/systems.ts';
import { addWheels, manifest, smallWheel, writeBase } from '../../cli/project.ts';
import { Rig, type RigFiles } from '../../support/rig.ts';
import { Tools } from '../../support/tools.ts';
import { makeWheel, type MadeWheel } from '../../support/wheel.ts';

export const alpha: MadeWheel = makeWheel({
  name: 'alpha',
  metadata: ['Requires-Dist: beta', 'Requires-Dist: gone; os_name == "nt"'],
});
export const beta: MadeWheel = makeWheel({ name: 'beta' });

/** A project over a base with Python 3.12, locked and planned in this process; its `tools` are all that is on the PATH. */
export class Locking implements AsyncDisposable {
  readonly rig: Rig;
  readonly tools: Tools;

  private constructor(rig: Rig) {
    this.rig = rig;
    this.tools = new Tools(path.join(rig.root, 'bin'));
    Object.assign(rig.env, { PATH: this.tools.folder });
  }

  static async open(files: RigFiles): Promise<Locking> {
    const rig = new Rig({ 'pycontainer.yaml': manifest, 'main.py': 'print("hello")\n', ...files });
    await writeBase(rig, official);
    addWheels(rig, alpha, beta, smallWheel);
    return new Locking(rig);
  }

  /** The lines of `pycontainer lock`: `changed` or `same`, then the file. */
  async lock(
    names: readonly string[] = [],
    options: { check?: boolean; signal?: AbortSignal } = {},
  ): Promise<string[]> {
    const { check = false, signal } = options;
    const files = await this.#within({ pull: !check, ...(signal && { signal }) }, (workspace): Promise<LockedFiles> => {
      const targets = [...workspace.config.targets.values()].filter(
        ({ name }) => names.length === 0 || names.includes(name),
      );
      return workspace.lock(targets, { check, all: names.length === 0 });
    });
    return files.map(({ shown, changed }) => `${changed ? 'changed' : 'same'} ${shown}`);
  }

  plan(): Promise<Plan> {
    return this.#within({}, (workspace) => workspace.plan([...workspace.config.targets.values()]));
  }

  /** File names of the wheels that each platform of the first target gets. */
  async wheels(): Promise<string[][]> {
    const { targets } = await this.plan();
    return (targets[0]?.platforms ?? []).map(({ inputs }) =>
      (inputs.python?.packages ?? []).map(({ wheel }) => wheel.filename),
    );
  }

  async #within<T>(
    options: { pull?: boolean; signal?: AbortSignal },
    work: (workspace: Workspace) => Promise<T>,
  ): Promise<T> {
    const { env, folder } = this.rig;
    const config = await loadConfig({ cwd: folder, env });
    await using workspace = await Workspace.open(config, { env, cwd: folder, ...options });
    return await work(workspace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}
