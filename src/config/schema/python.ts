import * as z from 'zod';
import { choice, flag, list, optional, section, text } from './leaf.ts';
import { imagePath } from './paths.ts';
import type { DependencySettings, IndexSettings } from '../target.ts';

const index: z.ZodType<IndexSettings> = z.union(
  [
    text('a URL or a folder').transform((url) => ({ url })),
    section('an index', {
      name: optional(text(), 'A name that packages of the lock may be bound to.'),
      url: text('a URL or a folder').describe('Address of a simple index (PEP 503 or 691), or a folder with one.'),
      explicit: optional(flag(), 'Whether only packages that are bound to this index come from it. Default: false.'),
      default: optional(flag(), 'Whether this index takes the place of pypi.org and is asked last. Default: false.'),
    }),
  ],
  { error: 'a URL, a folder, or a map with name, url and explicit' },
);

/** Paths are as written. */
export const dependencies: z.ZodType<DependencySettings> = section('dependencies', {
  from: optional(
    text('a path'),
    'The lock file, or the folder of a virtual environment to copy the packages from, relative to the manifest. Left out: looked for in the context and above it.',
  ),
  extras: optional(list(text()), "The project's extras to install."),
  groups: optional(list(text()), 'Dependency groups (PEP 735) to install.'),
  indexes: optional(list(index), 'Package indexes in the order in which they are asked, before those of pip and uv.'),
  'find-links': optional(list(text('a URL or a folder')), 'Folders or pages with wheels.'),
  constraints: optional(list(text('a path')), 'Files with constraints, as pip has them.'),
  prefix: optional(imagePath(), 'Where the virtual environment stands in the image. Default: /opt/venv.'),
  layout: optional(
    choice('venv', 'flat'),
    'venv: a virtual environment; flat: packages straight into the prefix, for runtimes that ignore environments.',
  ),
  'system-site-packages': optional(
    flag(),
    "Whether the base's own Python packages are seen, so that those that the lock has too are not installed again. Default: false.",
  ),
  conflicts: optional(
    choice('warn', 'error'),
    'What two packages are that write different bytes to one path. Default: warn.',
  ),
  strict: optional(flag(), 'Whether what pip would let pass is an error: unmet requirements, missing libraries.'),
}).transform((raw) => ({
  ...(raw.from === undefined ? {} : { from: raw.from }),
  extras: raw.extras ?? [],
  groups: raw.groups ?? [],
  indexes: raw.indexes ?? [],
  findLinks: raw['find-links'] ?? [],
  constraints: raw.constraints ?? [],
  prefix: raw.prefix ?? '/opt/venv',
  layout: raw.layout ?? 'venv',
  systemSitePackages: raw['system-site-packages'] ?? false,
  conflicts: raw.conflicts ?? 'warn',
  strict: raw.strict ?? false,
}));
