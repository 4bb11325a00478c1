import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

/** As those who start it name it. */
const workerProgram = './worker.js';
const root = new URL('..', import.meta.url).pathname;

rmSync(`${root}dist`, { recursive: true, force: true });

await build({
  absWorkingDir: root,
  // The worker's program stands beside the chunks, one of which starts it.
  entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts', 'chunks/worker': 'src/layer/worker.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node22.22',
  // CommonJS packages in the bundle ask for Node's own modules through require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  define: {
    PYCONTAINER_WORKER: JSON.stringify(workerProgram),
    PYCONTAINER_VERSION: JSON.stringify(packageVersion()),
    'process.env.NODE_ENV': '"production"',
    // A user's own DEV is not for Ink.
    'process.env.DEV': '"false"',
    // Yoga would read its own bytes with it, for which Node.js loads a whole HTTP client.
    fetch: 'undefined',
  },
  // Ink's inspector, which it loads only for its own development.
  external: ['react-devtools-core'],
  minifySyntax: true,
  // Comments of packages are not all ASCII, and a program that is not takes twice the memory.
  minifyWhitespace: true,
  lineLimit: 200,
  legalComments: 'none',
  logLevel: 'warning',
});

const starters = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.js') && readFileSync(`${root}dist/${name}`, 'utf8').includes(workerProgram),
);
if (starters.length === 0 || starters.some((name) => dirname(name) !== 'chunks')) {
  throw new Error(`what starts workers must stand beside their program in chunks: ${starters.join(', ')}`);
}

execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`], {
  stdio: 'inherit',
});

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  return version;
}
