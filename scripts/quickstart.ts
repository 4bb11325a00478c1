import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { styleText } from 'node:util';
import { debianPython } from './debian-python.ts';

/**
 * The main job, shown: examples/hello becomes an image, and a second time there is nothing to do. Base and store are in
 * `.quickstart`, which may be removed at any time.
 */
const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.quickstart');
const project = path.join(root, 'examples/hello');
const layout = path.join(project, '.pycontainer/images/hello');
const metadataFile = path.join(folder, 'metadata.json');
const archive = path.join(folder, 'hello.tar');
const image = 'example.com/hello:dev';
/** Podman inside a container may not raise limits, which it tries unless they are given. */
const runFlags: Readonly<Record<string, readonly string[]>> = {
  docker: ['--network', 'none'],
  podman: ['--network', 'none', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
};

say('Building pycontainer');
node(['scripts/build.ts'], process.env);

say('Getting a base: the image below, with Python in it');
const base = await chooseBase();
console.log(base);
const { VERSION: _version, ...rest } = process.env;
const store = path.join(folder, 'store');
const environment = { ...rest, BASE: base, PYCONTAINER_STORE: store, PYCONTAINER_ENGINE: 'none' };

for (const made of [layout, store]) fs.rmSync(made, { recursive: true, force: true });
say('The manifest of examples/hello; the package is in wheels/, pinned in requirements.txt');
console.log(fs.readFileSync(path.join(project, 'pycontainer.yaml'), 'utf8').trim());

say('What is to be done?');
pycontainer('plan');

say('Do it');
pycontainer('up', '--metadata-file', metadataFile);

say('The layers of the image');
showLayers();

say('Once more: everything is fresh, nothing is built');
pycontainer('plan');
pycontainer('up');

runImage();
say('Done');
console.log(`The image is an OCI layout: ${path.relative(process.cwd(), layout)}`);
console.log('Next: README.md, "Your first manifest".');

function say(text: string): void {
  console.log(`\n${styleText('bold', `# ${text}`)}`);
}

/** What fails has said why: nothing is added to it. */
function node(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string = root): void {
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) process.exit(status ?? 1);
}

function pycontainer(...args: readonly string[]): void {
  console.log(styleText('dim', `$ pycontainer ${args.join(' ')}`));
  node([path.join(root, 'bin/pycontainer.js'), ...args], environment, project);
}

/** The distribution's own Python where its packages can be had, without root; else the official image. */
async function chooseBase(): Promise<string> {
  const official = 'python:3.13-slim';
  if (!answers('apt-get', '--version') || !answers('dpkg-deb', '--version')) return official;
  try {
    return `rootfs:${path.relative(project, await debianRoot())}`;
  } catch (error) {
    console.log(`The distribution's Python cannot be had: ${error instanceof Error ? error.message : String(error)}`);
    return official;
  }
}

/** A fresh machine has no package lists yet; root may get them. */
async function debianRoot(): Promise<string> {
  const bases = path.join(folder, 'bases');
  try {
    return await debianPython(bases);
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    execFileSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 'inherit'] });
    return debianPython(bases);
  }
}

function answers(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 15_000 }).status === 0;
}

interface Metadata {
  readonly targets: readonly {
    readonly digest: string;
    readonly images: readonly {
      readonly layers: readonly { readonly digest: string; readonly sizeBytes: number; readonly title: string }[];
    }[];
  }[];
}

function showLayers(): void {
  const { targets } = JSON.parse(fs.readFileSync(metadataFile, 'utf8')) as Metadata;
  for (const { digest, images } of targets) {
    for (const { title, sizeBytes, digest } of images.flatMap(({ layers }) => layers)) {
      console.log(`${title.padEnd(24)} ${`${(sizeBytes / 1000).toFixed(1)} kB`.padStart(12)}  ${digest}`);
    }
    console.log(`${'the image'.padEnd(24)} ${''.padStart(12)}  ${digest}`);
  }
}

/** With the first engine that answers and can; without one there is still the layout. */
function runImage(): void {
  const engines = ['docker', 'podman'].filter((engine) => answers(engine, 'info'));
  say('Run it');
  if (engines.length === 0) return console.log('No Docker and no Podman answers here, so it is not run.');
  pycontainer('up', '--quiet', '--set', `hello.outputs=[{type: docker-archive, dest: ${archive}}]`);
  for (const engine of engines) {
    const said = runWith(engine);
    if (said !== undefined) return console.log(said);
  }
}

function runWith(engine: string): string | undefined {
  const run = ['run', '--rm', ...(runFlags[engine] ?? []), image];
  console.log(styleText('dim', `$ ${engine} load -i ${archive}\n$ ${engine} ${run.join(' ')}`));
  try {
    execFileSync(engine, ['load', '-i', archive], { stdio: 'pipe' });
    return execFileSync(engine, run, { stdio: 'pipe' }).toString().trim();
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    console.log(`${engine} answers, but cannot run it: ${stderr.split('\n').at(-1) ?? ''}`);
    return undefined;
  } finally {
    spawnSync(engine, ['rmi', '--force', image], { stdio: 'ignore' });
  }
}
