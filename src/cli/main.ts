import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AnswerKeeper } from './answer/answers.ts';
import { heedStreams } from './streams.ts';
import { isBundled, version } from './version.ts';

heedStreams(process);
const argv = process.argv.slice(2);
const [first = ''] = argv;

if (argv.length === 1 && (first === '--version' || first === '-V')) process.stdout.write(`${version}\n`);
else {
  enableCompileCache();
  const status = await run();
  if (status !== 0) process.exitCode = status;
}

/** Of sources nobody knows whether they are still the same program. */
async function run(): Promise<number> {
  const isAnswerable = isBundled && ['build', 'up'].includes(first) && !argv.includes('--watch');
  const keeper = isAnswerable ? await keeperUnlessAnswered() : undefined;
  if (keeper === 'answered') return 0;
  const { main } = await import('./program.ts');
  return main(argv, keeper);
}

async function keeperUnlessAnswered(): Promise<AnswerKeeper | 'answered'> {
  const { answerAgain } = await import('./answer/answers.ts');
  const request = { argv, cwd: process.cwd(), env: process.env, program: fileURLToPath(import.meta.url) };
  return (await answerAgain(request)) ?? 'answered';
}
