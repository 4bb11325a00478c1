import * as z from 'zod';
import { PycontainerError } from '../../errors.ts';
import { parsePlatform, type Platform } from '../../oci/platform.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import { compression, layering, limits, output } from './delivery.ts';
import { run, watchRule } from './develop.ts';
import { base, directoryRule, fileRule } from './files.ts';
import { command, environment, healthcheck, labels, port, stopSignal, user } from './image.ts';
import { flag, leaf, list, map, optional, section, text } from './leaf.ts';
import { imagePath, patterns } from './paths.ts';
import { dependencies } from './python.ts';
import type { Target } from '../target.ts';

/** What one section of the manifest says about a target: nothing is required, and paths are as written. */
export type TargetSettings = Partial<Omit<Target, 'name' | 'location' | 'baseText' | 'locate'>>;

/** Names of targets and groups. */
export const namePattern: RegExp = /^[a-z0-9-]+$/;

function platform(): z.ZodType<Platform, string> {
  return leaf('a platform', parsePlatform, { pattern: '^[a-z0-9]+/[a-z0-9_-]+(/[a-z0-9.]+)?$' });
}

function tag(): z.ZodType<string, string> {
  return leaf('an image name', (text) => {
    if (parseReference(text).digest === undefined) return text;
    throw new PycontainerError('reference-invalid', `'${text}' has a digest: what is built cannot be named so`);
  });
}

/** An empty one counts as none: so a variable of CI can leave it out. */
function repository(): z.ZodType<string, string> {
  return leaf('a repository', (text) => {
    if (text === '') return text;
    const { tag, digest, ...repository } = parseReference(text);
    if (tag === undefined && digest === undefined) return formatReference(repository);
    throw new PycontainerError('reference-invalid', `'${text}' is to be a repository, without a tag or digest`, {
      hint: `Layers get tags of their own there: ${formatReference(repository)}`,
    });
  });
}

const repositories = list(repository()).transform((all) => all.filter((one) => one !== ''));

const shape = {
  base: optional(
    base(),
    'The image below: a registry reference, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, rootfs:PATH, ' +
      'engine:NAME, target:NAME or scratch. Left out: a slim Python image that fits requires-python.',
  ),
  platforms: optional(list(platform()), "What the image is for, such as linux/arm64. Default: this machine's."),
  tags: optional(list(tag()), "Names of the image. ${target} stands for the target's name."),
  dependencies: optional(dependencies, 'What Python packages go in, and where they come from.'),
  context: optional(text('a path'), "The project's folder, relative to the manifest. Default: the manifest's folder."),
  include: optional(patterns(), 'Patterns of files to pack even where ignore rules leave them out.'),
  exclude: optional(patterns(), 'Patterns of files to leave out.'),
  files: optional(list(fileRule), 'Further files, from the context or from another image.'),
  directories: optional(list(directoryRule), 'Empty folders to make.'),
  environment: optional(environment(), 'Environment variables. Values keep their text: 1.10 stays 1.10.'),
  workdir: optional(imagePath(), 'Where the app stands and runs in the image. Default: /app.'),
  entrypoint: optional(command(), "The program to start; clears the base's cmd."),
  cmd: optional(command(), 'The command to start, or the arguments of entrypoint. Left out: found from the project.'),
  user: optional(user(), 'Who the container runs as: UID:GID, a name, or a map with name, uid and gid.'),
  ports: optional(list(port()), 'Ports on which the app listens: 8000 or 8000/udp.'),
  volumes: optional(list(imagePath()), 'Folders of the image that are meant for volumes.'),
  labels: optional(labels(), "Labels of the image's config."),
  annotations: optional(labels(), "Annotations of the image's manifest."),
  'stop-signal': optional(stopSignal(), 'The signal that ends the app. Default: SIGTERM.'),
  healthcheck: optional(healthcheck, "Docker's health check; OCI runtimes pass over it."),
  layering: optional(layering, 'How packages are put into layers.'),
  compression: optional(compression, 'How layers are compressed.'),
  outputs: optional(
    list(output),
    'Where the image is delivered. Default: an OCI layout in .pycontainer/images/, and Docker or Podman where one answers.',
  ),
  'cache-from': optional(
    repositories,
    'Repositories that are asked for layers before these are made. Empty texts are passed over.',
  ),
  'cache-to': optional(
    repositories,
    'Repositories that layers are kept in, for other builders. Empty texts are passed over.',
  ),
  watch: optional(list(watchRule), 'What changes do to the running container, in place of what is usual.'),
  run: optional(run, 'How `up` runs the image.'),
  sbom: optional(flag(), 'Whether a list of what is in the image goes with it.'),
  provenance: optional(flag(), 'Whether a statement of how the image was built goes with it.'),
  limits: optional(limits, 'Sizes at which the plan is refused.'),
  packages: optional(list(text('a package')), 'Reserved: packages of the operating system.'),
  steps: optional(list(z.unknown()), 'Reserved: commands that make files.'),
  members: optional(patterns(), 'Reserved: workspace members that become targets.'),
  matrix: optional(map(list(text()), /./, 'a name'), 'Reserved: variants of one target.'),
};

const defaultsSection = section('defaults', shape).describe('What all targets have, unless they say otherwise.');
const targetSection = section('a target', {
  extends: optional(text('a target'), 'A target to take everything from but tags, outputs and run.'),
  ...shape,
}).describe('One image.');

function toSettings(raw: z.output<typeof defaultsSection>): TargetSettings {
  const {
    'stop-signal': stopSignal,
    'cache-from': cacheFrom,
    'cache-to': cacheTo,
    packages: _packages,
    steps: _steps,
    members: _members,
    matrix: _matrix,
    ...same
  } = raw;
  return {
    ...same,
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(cacheFrom === undefined ? {} : { cacheFrom }),
    ...(cacheTo === undefined ? {} : { cacheTo }),
  };
}

export const defaultsSchema: z.ZodType<TargetSettings> = defaultsSection.transform(toSettings);
export const targetSchema: z.ZodType<TargetSettings> = targetSection.transform(({ extends: _extends, ...raw }) =>
  toSettings(raw),
);
