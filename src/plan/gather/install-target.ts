import type { Target } from '../../config/target.ts';
import type { Interpreter } from '../../base/base.ts';
import type { InstallTarget } from '../../python/install/target.ts';

/** Where and for what the target's packages are installed. */
export function installTarget(
  target: Target,
  { version, implementation, freeThreaded, path }: Interpreter,
): InstallTarget {
  const [major = '3', minor = '0'] = version.split('.');
  const { prefix, layout } = target.dependencies;
  return {
    prefix,
    pythonVersion: [Number(major), Number(minor)],
    layout,
    implementation,
    freeThreaded,
    ...(layout === 'flat' ? { interpreter: path } : {}),
  };
}
