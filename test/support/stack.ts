import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { baseNames, type BaseName, writeBases } from './bases.ts';
import { freePort } from './daemon.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { answerOf, startDocker, startPodman, type TestEngine } from './engine.ts';
import { readLayout } from './layout.ts';
import { pythonBaseMissing } from './python-base.ts';
import { partsMissing } from './real-parts.ts';
import { Rig, type RigFiles } from './rig.ts';

/** An app and the packages that it stands on. It listens on all interfaces, on the port that PORT says. */
export interface Stack {
  /** Lines of its requirements.txt, all that it needs. */
  readonly requirements: readonly string[];
  readonly files: RigFiles;
  /** How it starts; absent: as the product finds out. */
  readonly entrypoint?: readonly string[];
  /** What `GET /` gives. */
  readonly answer: RegExp;
  /** Modules that the debian base has as well, which must not be the ones that are imported. */
  readonly shadows: readonly string[];
  /** Puts what pip and uv would read into the rig. */
  readonly settings: (rig: Rig) => void;
  /** Its packages are so large that they are compiled to bytecode on one base only, and run by Podman on another only. */
  readonly isLarge?: boolean;
}

/** Why a stack cannot stand here, for a test's `skip`. */
export const stackMissing: string | false =
  pythonBaseMissing || partsMissing('root', 'docker-registry', 'dockerd', 'podman', 'runc');

interface Image {
  readonly base: BaseName;
  readonly name: string;
  readonly port: number;
}

/** A program for `python -c`: see its own words. */
export const checker: string = readFileSync(path.join(import.meta.dirname, 'check_installed.py'), 'utf8');

/**
 * Builds the stack on every base with one `up`, and runs the images in Docker and in Podman: each answers, and its
 * packages are complete and as their RECORDs say.
 */
export async function standsOnEveryBase(t: TestContext, stack: Stack): Promise<void> {
  await using registry = await startDockerRegistry();
  await using rig = new Rig();
  await writeBases(path.join(rig.root, 'bases'), { shadows: stack.shadows });
  const images: Image[] = [];
  for (const base of baseNames) images.push({ base, name: `${registry.host}/${base}:1`, port: await freePort() });
  rig.write({
    ...stack.files,
    'requirements.txt': `${stack.requirements.join('\n')}\n`,
    'pycontainer.yaml': JSON.stringify(manifest(stack, images)),
  });
  stack.settings(rig);

  const { events } = await rig.ok(['up', '--push', '--progress', 'rawjson']);
  assert.deepEqual(
    events.filter(({ type }) => type === 'warning'),
    [],
  );
  await t.test('all bases get the same package layers', () => {
    const own = baseNames.map((base) => {
      const { layers } = readLayout(rig.path('.pycontainer/images', base));
      return layers.slice(base === 'slim' ? 1 : 2).map(({ digest }) => digest);
    });
    assert(own.every((layers) => layers.length >= 3));
    assert.equal(new Set(own.map((layers) => layers.slice(0, -2).join())).size, 1);
  });
  for (const start of [startDocker, startPodman]) {
    await using engine = await start();
    for (const image of imagesFor(engine, stack, images)) {
      await t.test(`${image.base} in ${engine.name}`, async () => runsRight(engine, image, stack));
    }
  }
}

function manifest({ entrypoint }: Stack, images: readonly Image[]): object {
  const targets = images.map(({ base, name, port }) => [
    base,
    { base: `oci:../bases:${base}`, tags: [name], ports: [port], environment: { PORT: `${port}` } },
  ]);
  return { defaults: entrypoint === undefined ? {} : { entrypoint }, targets: Object.fromEntries(targets) as object };
}

function imagesFor({ name }: TestEngine, { isLarge = false }: Stack, images: readonly Image[]): readonly Image[] {
  return images.filter(({ base }) => name === 'docker' || !isLarge || base === 'distroless');
}

async function runsRight(engine: TestEngine, image: Image, stack: Stack): Promise<void> {
  const { requirements, answer, isLarge = false } = stack;
  await engine.pull(image.name);
  const container = await engine.runDetached(image.name);
  const python = (...args: string[]): Promise<string> =>
    engine.run('exec', '--user', '0', container, 'python', '-B', ...args);
  try {
    assert.match(await answerOf(engine, container, `http://127.0.0.1:${image.port}/`), answer);
    assert.match(await python('-c', checker, ...requirements), /^\d+ packages with \d+ files are right$/);
    if (engine.name === 'docker' && (!isLarge || image.base === 'slim')) {
      assert.equal(await python('-m', 'compileall', '-q', '/opt/venv/lib'), '');
    }
    assert.equal(await hasShell(engine, container), image.base !== 'distroless');
  } finally {
    await engine.run('rm', '--force', ...(engine.name === 'podman' ? ['--time', '0'] : []), container);
  }
}

function hasShell(engine: TestEngine, container: string): Promise<boolean> {
  return engine.run('exec', container, 'sh', '-c', 'exit 0').then(
    () => true,
    () => false,
  );
}
