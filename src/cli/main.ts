import { enableCompileCache } from 'node:module';
import { heedStreams } from './streams.ts';
import { version } from './version.ts';

heedStreams(process);
const [first] = process.argv.slice(2);

if (process.argv.length === 3 && (first === '--version' || first === '-V')) process.stdout.write(`${version}\n`);
else {
  enableCompileCache();
  const { main } = await import('./program.ts');
  const status = await main(process.argv.slice(2));
  if (status !== 0) process.exitCode = status;
}
