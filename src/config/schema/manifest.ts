import * as z from 'zod';
import { flag, list, map, optional, section, text, textLike } from './leaf.ts';
import { defaultsSchema, namePattern, targetSchema } from './target.ts';
import type { RegistrySettings } from '../target.ts';

/** A host as references name it, with its port. */
const hostPattern = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?::[0-9]{1,5})?$/;

const mirror = textLike(
  'a mirror',
  (text) => /^[^\s@?#]+$/.test(text) && !text.includes('://'),
  'A mirror is a host, with a port and a path where it has them. Credentials belong to docker login.',
);

const registry: z.ZodType<RegistrySettings> = section('a registry', {
  insecure: optional(flag(), 'Whether plain HTTP or a certificate that nobody vouches for is accepted.'),
  ca: optional(text('a path'), 'PEM file with the certificates that vouch for this host, relative to this file.'),
  mirrors: optional(list(mirror), 'Hosts that are asked before this one, in order.'),
});

/** Paths are as written. */
export const registriesSchema: z.ZodType<Record<string, RegistrySettings>> = map(registry, hostPattern, 'a host');

export const groupsSchema: z.ZodType<Record<string, string[]>> = map(
  list(text('the name of a target or group')),
  namePattern,
  'a name of lower-case letters, digits and hyphens',
);

const sections = {
  targets: map(targetSchema, namePattern, 'a name of lower-case letters, digits and hyphens').describe('The images.'),
  defaults: optional(defaultsSchema, 'What all targets have, unless they say otherwise.'),
  groups: optional(groupsSchema, 'Names for several targets; groups may stand in groups.'),
  registries: optional(registriesSchema, 'Registry hosts that need settings.'),
};

/** The whole manifest, as editors see it. */
export const manifestSchema: z.ZodType = section('the manifest', sections);

/** Its top level alone: the sections are validated one by one. */
export const topLevelSchema: z.ZodType = section('the manifest', {
  targets: z.unknown().exactOptional(),
  defaults: z.unknown().exactOptional(),
  groups: z.unknown().exactOptional(),
  registries: z.unknown().exactOptional(),
} satisfies Record<keyof typeof sections, z.ZodType>);

/** The top level of a user's or machine's settings file. */
export const settingsTopLevelSchema: z.ZodType = section('the settings', {
  registries: z.unknown().exactOptional(),
});
