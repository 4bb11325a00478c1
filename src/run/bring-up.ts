import { PycontainerError } from '../errors.ts';
import {
  type Container,
  createContainer,
  inspectContainer,
  removeContainer,
  startContainer,
  stopContainer,
} from '../engine/container.ts';
import { hasPath } from '../engine/container-files.ts';
import type { Engine } from '../engine/engine.ts';
import { findImage } from '../engine/images.ts';
import type { Image } from '../image/image.ts';
import { refuseForeign } from './foreign.ts';
import { containerName, labels, type Project } from './project.ts';
import { type ContainerBody, type ContainerSpec, settingsHash } from './spec.ts';

/** How long an app may take to end when it is asked to. */
export const stopGraceSeconds = 10;

/** In a container whose files are no longer those of its image. */
export const syncedMark = '.pycontainer-synced';

export interface BroughtUp {
  readonly container: Container;
  /** `unchanged`: it ran already as it should. `replaced`: another one of ours had the name. */
  readonly how: 'unchanged' | 'started' | 'replaced';
}

/**
 * What becomes of a container that is there: it stays if it is as it should be, is replaced in any case, or stays in any
 * case if it runs.
 */
export type Before = 'compare' | 'replace' | 'keep';

/**
 * Sees that a container runs as the spec says.
 *
 * @throws PycontainerError 'container-foreign', 'container-failed'
 */
export async function bringUp(
  engine: Engine,
  project: Project,
  spec: ContainerSpec,
  image: Image,
  policy: Before,
): Promise<BroughtUp> {
  const name = containerName(project, spec.target);
  const before = await inspectContainer(engine, name);
  if (before !== undefined) refuseForeign(before.labels, project, `container ${name}`);
  if (before?.isRunning === true && policy === 'keep') return { container: before, how: 'unchanged' };
  const isAsItShould = policy !== 'replace' && before !== undefined && (await matches(engine, before, spec));
  if (isAsItShould && before.isRunning) return { container: before, how: 'unchanged' };
  if (before !== undefined && !isAsItShould) await takeAway(engine, before);
  const id = isAsItShould ? before.id : await create(engine, name, spec, image);
  await start(engine, spec.target, id);
  const container = await inspectContainer(engine, id);
  if (container === undefined) throw new PycontainerError('container-failed', `${name} went away when it was started`);
  return { container, how: before === undefined || isAsItShould ? 'started' : 'replaced' };
}

/** Makes a container without starting it; gives its id. Network and volumes must be there. */
export async function create(engine: Engine, name: string, spec: ContainerSpec, image: Image): Promise<string> {
  const marks = { [labels.image]: spec.imageDigest, [labels.settings]: settingsHash(spec) };
  const body = { ...spec.body, Image: await imageId(engine, image), Labels: { ...spec.body.Labels, ...marks } };
  const id = await createContainer(engine, name, body);
  return engine.kind === 'podman' ? withWholeCheck(engine, name, id, body) : id;
}

/**
 * Some versions of Podman take the words of a health check apart at their blanks, and join them again for a shell. Gives
 * the id of a container whose check is the right one, where the image has a shell.
 */
async function withWholeCheck(engine: Engine, name: string, id: string, body: ContainerBody): Promise<string> {
  const { Healthcheck: check } = body;
  const [kind, ...words] = check?.Test ?? [];
  if (kind !== 'CMD' || words.every((word) => !word.includes(' '))) return id;
  const made = await inspectContainer(engine, id);
  if (made?.healthTest.length === words.length + 1) return id;
  await removeContainer(engine, id);
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return createContainer(engine, name, { ...body, Healthcheck: { ...check, Test: ['CMD-SHELL', line] } });
}

export async function start(engine: Engine, target: string, id: string): Promise<void> {
  try {
    await startContainer(engine, id);
  } catch (error) {
    if (!(error instanceof PycontainerError) || !error.code.startsWith('engine-')) throw error;
    throw new PycontainerError('container-failed', `${target} cannot be started: ${error.message}`, {
      hint: hintFor(error.message),
      cause: error,
    });
  }
}

async function takeAway(engine: Engine, { id, isRunning }: Container): Promise<void> {
  if (isRunning) await stopContainer(engine, id, stopGraceSeconds);
  await removeContainer(engine, id);
}

async function matches(engine: Engine, container: Container, spec: ContainerSpec): Promise<boolean> {
  const { [labels.image]: image, [labels.settings]: settings } = container.labels;
  if (image !== spec.imageDigest || settings !== settingsHash(spec)) return false;
  return !(await hasPath(engine, container.id, `/${syncedMark}`));
}

/** Which of its digests an engine knows an image by depends on how it keeps images. */
async function imageId(engine: Engine, { config, manifest }: Image): Promise<string> {
  for (const { digest } of [config.descriptor, manifest.descriptor]) {
    const found = await findImage(engine, digest);
    if (found !== undefined) return found.id;
  }
  throw new PycontainerError('container-failed', `${engine.name} does not have the image ${config.descriptor.digest}`, {
    hint: 'Run `pycontainer up` again: it delivers the image anew.',
  });
}

function hintFor(message: string): string {
  if (/port is already allocated|address already in use/i.test(message))
    return 'Something else uses the port. Publish another one under `run: {ports}`, or end what uses it.';
  if (/executable file not found|no such file or directory/i.test(message))
    return 'The image lacks the program that the command begins with. Look at `cmd` and `run: {command}`.';
  return 'The words are those of the engine.';
}
