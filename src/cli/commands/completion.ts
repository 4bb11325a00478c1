import { Argument, type Command } from 'commander';
import { complete } from '../completion.ts';
import { completionScripts, type Shell } from '../completion-scripts.ts';
import { manifestTargets } from '../completion-targets.ts';

/** Adds `completion`, whose script a shell reads once, and what that script asks at each Tab. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes command lines')
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(completionScripts)))
    .action((shell: Shell) => {
      process.stdout.write(completionScripts[shell]);
    });
  program
    .command('__complete', { hidden: true })
    .argument('[word...]')
    .action(async (words: readonly string[]) => {
      const found = await complete(program, words, { targets: manifestTargets });
      const lines =
        found === 'files' ? [':files'] : found.map(({ text, about }) => (about === '' ? text : `${text}\t${about}`));
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
}
