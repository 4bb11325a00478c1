import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { findWheelsOf } from '../../support/find-wheels.ts';
import { pythonBase } from '../../support/python-base.ts';
import type { Product } from '../product.ts';
import type { Bench } from '../session.ts';
import { unpack } from './members.ts';

/** A small image with Python, the same files for everybody. */
export interface BenchBase {
  /** The folder of an OCI layout. */
  readonly layout: string;
  /** The folder of its root file system. */
  readonly root: string;
  /** Without pip nobody but pycontainer can install wheels. */
  readonly hasPip: boolean;
}

/** Makes the base; pip is put in where a wheel of it is at hand. */
export async function makeBase(bench: Bench, product: Product): Promise<BenchBase> {
  const root = bench.path('base/root');
  fs.cpSync(await pythonBase(), root, { recursive: true, verbatimSymlinks: true });
  const pip = pipWheel();
  if (pip !== undefined) unpack(pip, path.join(root, 'usr/lib/python3/dist-packages'));
  const project = bench.path('base/project');
  fs.mkdirSync(path.join(project, 'wheels'), { recursive: true });
  fs.writeFileSync(path.join(project, 'README'), 'base\n');
  const target = { base: `rootfs:${root}`, exclude: ['wheels'], cmd: ['python3'] };
  fs.writeFileSync(path.join(project, 'pycontainer.yaml'), JSON.stringify({ targets: { base: target } }));
  await product.build(project, { store: bench.path('base/store'), signal: bench.bounded() });
  return { layout: path.join(project, '.pycontainer/images/base'), root, hasPip: pip !== undefined };
}

/** The newest at hand: where pip looks on this machine, or beside its Python. */
function pipWheel(): string | undefined {
  const [found] = findWheelsOf('pip').sort().reverse();
  if (found !== undefined) return found;
  const script =
    'import ensurepip, glob, os; print(*glob.glob(os.path.dirname(ensurepip.__file__) + "/_bundled/pip-*.whl"))';
  const { stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 10_000 });
  return stdout
    ?.trim()
    .split(' ')
    .find((file) => fs.existsSync(file));
}
