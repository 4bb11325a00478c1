import { enableCompileCache } from 'node:module';
import { version } from './version.ts';

const [first] = process.argv.slice(2);

if (process.argv.length === 3 && (first === '--version' || first === '-V')) process.stdout.write(`${version}\n`);
else {
  enableCompileCache();
  const { main } = await import('./program.ts');
  process.exitCode = await main(process.argv.slice(2));
}
