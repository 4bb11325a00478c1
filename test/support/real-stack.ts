import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pipFiles } from './find-wheels.ts';
import { pinned } from './pins.ts';
import type { Rig } from './rig.ts';
import { type Stack, standsOnEveryBase } from './stack.ts';

/** A stack whose packages come from where this machine's pip finds them. */
export interface RealStack extends Omit<Stack, 'requirements' | 'settings'> {
  /** What the project itself would ask for; what these need is found and pinned by the test. */
  readonly roots: readonly string[];
}

/** As {@link standsOnEveryBase}; skips the test where a wheel is not at hand. */
export async function standsOnRealWheels(t: TestContext, { roots, ...stack }: RealStack): Promise<void> {
  const requirements = await pinned(roots);
  if ('missing' in requirements) t.skip(`no wheel of ${requirements.missing} is at hand`);
  else await standsOnEveryBase(t, { ...stack, requirements, settings: machineSettings });
}

/** Lets the product read what this machine has set for pip, but for an index on the network. */
export function machineSettings(rig: Rig): void {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('PIP_'));
  const file = pipFiles().findLast((place) => existsSync(place));
  const index = path.join(rig.root, 'empty-index');
  mkdirSync(index);
  const hasOwnIndex = file !== undefined && /^\s*index-url\s*=\s*(?:file:|\/)/m.test(readFileSync(file, 'utf8'));
  Object.assign(rig.env, { PIP_CONFIG_FILE: file ?? '/dev/null' }, Object.fromEntries(own));
  if (!hasOwnIndex) rig.env['PIP_INDEX_URL'] = pathToFileURL(index).href;
}
