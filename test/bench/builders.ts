import fs from 'node:fs';
import type { Fixtures } from './fixtures.ts';
import { writeProject } from './inputs/project.ts';
import type { BenchWheel } from './inputs/wheels.ts';
import type { Sample } from './measure.ts';
import { prototypeScript, umociScript } from './peers/scripted.ts';
import { forget } from './product.ts';
import type { Bench } from './session.ts';

/** Somebody who makes images, with a copy of the project that nobody else builds. */
export interface Builder {
  readonly name: string;
  readonly project: string;
  /** Before a build from nothing; not timed. */
  forget(): void;
  /** `isCold`: nothing of earlier builds is used. */
  build(options: BuilderOptions): Promise<Sample>;
}

export interface BuilderOptions {
  readonly signal: AbortSignal;
  readonly isCold?: boolean;
}

export interface BuildersSpec {
  /** Names the folders. */
  readonly label: string;
  readonly wheels: readonly BenchWheel[];
  readonly appFiles: number;
  /** Of pycontainer's manifest. */
  readonly targets?: number;
  /** Docker alone when false. */
  readonly allPeers?: boolean;
}

export const builderNames = {
  ours: 'pycontainer build',
  docker: 'docker build (BuildKit, pip --no-compile)',
  buildah: 'buildah build (pip --no-compile)',
  umoci: 'pip --no-compile, umoci insert',
  prototype: "the prototype's way (pip --no-compile, tar)",
} as const;

/** All who build from a project here: pycontainer first, then those that are installed. */
export async function startBuilders(bench: Bench, fixtures: Fixtures, spec: BuildersSpec): Promise<readonly Builder[]> {
  const isAll = spec.allPeers !== false && !bench.isBrief;
  const docker = await fixtures.docker();
  const buildah = isAll ? await fixtures.buildah() : undefined;
  return [
    await ourBuilder(bench, fixtures, spec),
    ...(docker === undefined ? [] : [await peerBuilder(bench, fixtures, spec, 'docker', docker)]),
    ...(buildah === undefined ? [] : [await peerBuilder(bench, fixtures, spec, 'buildah', buildah)]),
    ...(isAll ? await scriptedBuilders(bench, fixtures, spec) : []),
  ];
}

/** Those of them who could build it once; who could not is named. */
export async function builtOnce(bench: Bench, builders: readonly Builder[]): Promise<readonly Builder[]> {
  const able: Builder[] = [];
  for (const builder of builders) {
    try {
      await builder.build({ signal: bench.bounded() });
      able.push(builder);
    } catch (error) {
      bench.signal.throwIfAborted();
      bench.say(`left out: ${builder.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return able;
}

/** With a store of its own. */
export async function ourBuilder(
  bench: Bench,
  fixtures: Fixtures,
  { label, ...spec }: BuildersSpec,
): Promise<Builder & { readonly store: string }> {
  const product = fixtures.product();
  const { layout: base } = await fixtures.base();
  const store = bench.path(label, 'store');
  const project = writeProject(bench.path(label, 'pycontainer'), { ...spec, base });
  return {
    name: builderNames.ours,
    project,
    store,
    forget: () => forget(project, store),
    build: async ({ signal }) => product.build(project, { store, signal }),
  };
}

interface DockerfileBuilder {
  build(project: string, options: { signal: AbortSignal; noCache: boolean }): Promise<Sample>;
}

async function peerBuilder(
  bench: Bench,
  fixtures: Fixtures,
  { label, wheels, appFiles }: BuildersSpec,
  name: 'docker' | 'buildah',
  peer: DockerfileBuilder,
): Promise<Builder> {
  const { layout: base } = await fixtures.base();
  const project = writeProject(bench.path(label, name), { wheels, appFiles, base });
  return {
    name: builderNames[name],
    project,
    forget: () => undefined,
    build: async ({ signal, isCold = false }) => peer.build(project, { signal, noCache: isCold }),
  };
}

async function scriptedBuilders(
  bench: Bench,
  fixtures: Fixtures,
  { label, wheels, appFiles }: BuildersSpec,
): Promise<readonly Builder[]> {
  const base = await fixtures.base();
  if (!base.hasPip || !bench.programs.has('python3')) return [];
  const scripts = {
    ...(bench.programs.has('umoci') ? { umoci: umociScript } : {}),
    prototype: prototypeScript,
  };
  return Object.entries(scripts).map(([key, script]) => {
    const { work, build } = script(base, bench.path(label, `${key}-work`));
    return {
      name: builderNames[key as keyof typeof scripts],
      project: writeProject(bench.path(label, key), { wheels, appFiles, base: base.layout }),
      forget: () => fs.rmSync(work, { recursive: true, force: true }),
      build: async ({ signal }) => build(bench.path(label, key), signal),
    };
  });
}
