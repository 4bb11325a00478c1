import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  // Else they are made anew each time that they are used.
  supported: { 'regexp-unicode-property-escapes': true },
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
  legalComments: 'none',
  logLevel: 'warning',
});

const bundled = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.js'),
);

// Comments are all that the bundler leaves in other letters but for regular expressions, and with one of them a whole
// file takes twice the memory.
for (const name of bundled) {
  const file = `${root}dist/${name}`;
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/(?:^|\s)\/\/ .*$/gm, (comment) => comment.replaceAll(/[^\0-\x7f]/g, '?')),
  );
}

const starters = bundled.filter((name) => readFileSync(`${root}dist/${name}`, 'utf8').includes(workerProgram));
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
