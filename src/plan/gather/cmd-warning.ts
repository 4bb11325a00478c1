import { join } from 'node:path/posix';
import type { WarningEvent } from '../../events.ts';
import type { Target } from '../../config/target.ts';
import { interpreterAsEntrypoint } from '../../image/config.ts';
import type { ContainerConfig } from '../../oci/manifest.ts';
import type { PlatformInputs } from '../inputs.ts';

/**
 * What a `cmd` of the manifest comes to on a base whose entrypoint is a Python interpreter, as distroless has it: as in
 * Docker, its arguments. Told where that can hardly be meant.
 * @param below the config of what is below our layers
 */
export function cmdWarnings(
  { cmd = [], entrypoint, locate }: Target,
  below: ContainerConfig,
  { app, python }: Pick<PlatformInputs, 'app' | 'python'>,
): readonly WarningEvent[] {
  const [first] = cmd;
  const interpreter = interpreterAsEntrypoint(below);
  if (first === undefined || entrypoint !== undefined || interpreter === undefined) return [];
  const common = { type: 'warning', code: 'cmd-arguments', location: locate(['cmd']) } as const;
  const started = `the base starts ${interpreter}, which gets cmd as its arguments`;
  const paths = new Set(app.entries.map(({ path }) => path));
  if (!isArgument(first) && !paths.has(join(app.workdir, first).slice(1))) {
    const hint = `Write the whole command as entrypoint: [${cmd.join(', ')}]`;
    return [{ ...common, message: `'${first}' is not run as a command: ${started}`, hint }];
  }
  const { install, packages = [] } = python ?? {};
  if (install?.layout !== 'venv' || packages.length === 0 || !interpreter.startsWith('/')) return [];
  return [
    {
      ...common,
      message: `cmd does not see the packages in ${install.prefix}: ${started}`,
      hint: 'Set entrypoint: [python] beside it, which is the Python that has the packages.',
    },
  ];
}

/** Whether a word can stand behind `python`: a flag, a path, or a file that Python runs. */
function isArgument(word: string): boolean {
  return word.startsWith('-') || word.includes('/') || /\.(?:pyw?|pyz|zip)$/.test(word);
}
