import os from 'node:os';
import path from 'node:path';

/**
 * Where the store stands: `PYCONTAINER_STORE`, else `pycontainer` in `XDG_CACHE_HOME`, else in the platform's folder
 * for caches (`~/Library/Caches` on macOS, `~/.cache` elsewhere). A relative XDG_CACHE_HOME is passed over, as the
 * XDG base directory specification demands.
 */
export function locateStore(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const own = env['PYCONTAINER_STORE'];
  if (own !== undefined && own !== '') return path.resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'pycontainer');
  const home = env['HOME'] || os.homedir();
  const caches = platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return path.join(home, ...caches, 'pycontainer');
}
