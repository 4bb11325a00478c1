import * as z from 'zod';
import { isPublishedPort } from '../port.ts';
import { choice, leaf, list, optional, section, text } from './leaf.ts';
import { command, environment, user } from './image.ts';
import { imagePath, patterns } from './paths.ts';
import type { RunSettings, WatchRule } from '../target.ts';

/** Paths are as written. */
export const watchRule: z.ZodType<WatchRule> = section('a watch rule', {
  path: text('a path').describe('A file or folder, relative to the manifest.'),
  action: choice('sync', 'sync+restart', 'restart', 'rebuild').describe(
    'What a change there does to the running container, as in Compose.',
  ),
  target: optional(imagePath(), 'Where the files go in the container. Default: where the image has them.'),
  ignore: optional(patterns(), 'Patterns of what is not watched, relative to the path.'),
}).transform((raw) => ({ ...raw, ignore: raw.ignore ?? [] }));

const published = leaf(
  'a port to publish',
  (text) => (isPublishedPort(text) ? text : undefined),
  { types: ['integer'] },
  'Write HOST-PORT:CONTAINER-PORT, such as "8000:8000", or one port.',
);

const envFiles = z.union([text('a path').transform((path) => [path]), list(text('a path'))], {
  error: 'a path or a list of paths',
});

const volume = leaf(
  'a volume',
  (text) => (/^[^:]+:\/[^:]*(?::[a-z,A-Z]+)?$/.test(text) ? text : undefined),
  {},
  'A volume is SOURCE:TARGET or SOURCE:TARGET:ro; the target is an absolute path in the container.',
);

/** Paths are as written. */
export const run: z.ZodType<RunSettings> = section('run', {
  ports: optional(list(published), 'Ports to publish: HOST-PORT:CONTAINER-PORT.'),
  environment: optional(environment(), 'Variables for the container alone, not for the image.'),
  'env-file': optional(envFiles, 'Files with variables, relative to the manifest.'),
  volumes: optional(list(volume), 'SOURCE:TARGET[:ro]; a source that begins with . or / is a path.'),
  command: optional(command(), 'What to run instead of cmd.'),
  network: optional(text(), "A network of the engine, or 'host'."),
  user: optional(user(), 'Who to run as instead of user.'),
  'depends-on': optional(list(text('a target')), 'Targets that are started before.'),
}).transform((raw) => ({
  ports: raw.ports ?? [],
  environment: raw.environment ?? {},
  envFile: raw['env-file'] ?? [],
  volumes: raw.volumes ?? [],
  ...(raw.command === undefined ? {} : { command: raw.command }),
  ...(raw.network === undefined ? {} : { network: raw.network }),
  ...(raw.user === undefined ? {} : { user: raw.user }),
  dependsOn: raw['depends-on'] ?? [],
}));
