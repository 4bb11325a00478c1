import * as z from 'zod';
import { parseDurationMs } from '../duration.ts';
import { parsePort } from '../port.ts';
import { isUserName, parseUser } from '../user.ts';
import { anyText, flag, integer, leaf, list, map, optional, section, textLike } from './leaf.ts';
import type { HealthcheckSettings, User } from '../target.ts';

export function environment(): z.ZodType<Record<string, string>> {
  return map(anyText(), /^[^=\0\s]+$/, 'a name of an environment variable');
}

export function labels(): z.ZodType<Record<string, string>> {
  return map(anyText(), /^[^\0]+$/, 'a name of a label');
}

/** An argument vector, or one string for a shell where `shell` makes something of it. */
export function command(): z.ZodType<string[]> {
  return list(anyText());
}

export function port(): z.ZodType<string, string> {
  const pattern = '^[0-9]+(/(tcp|udp|sctp))?$';
  const shape = { types: ['integer'], pattern, minimum: 1, maximum: 65_535 } as const;
  return leaf('a port', parsePort, shape, 'A port is 1 to 65535, with /udp or /sctp where it is not TCP.');
}

export function stopSignal(): z.ZodType<string, string> {
  const isRight = (text: string): boolean => /^(?:SIG[A-Z][A-Z0-9+-]*|[1-9][0-9]?)$/.test(text);
  return textLike('a signal', isRight, 'A signal is a name such as SIGTERM, or a number.');
}

export function user(): z.ZodType<User> {
  const hint = 'A user is UID:GID, UID, NAME, NAME:GROUP, or a map with name, uid and gid.';
  const written = leaf('a user', parseUser, { types: ['integer'] }, hint);
  const named = section('user', {
    name: optional(textLike('a user name', isUserName), 'Added to passwd and group when the base lacks it.'),
    uid: integer(0, 2 ** 32 - 2).describe("The user's number."),
    gid: optional(integer(0, 2 ** 32 - 2), "The group's number. Default: the same as uid."),
  }).transform((raw) => ({ ...raw, gid: raw.gid ?? raw.uid }));
  return z.union([written, named], { error: 'a user' });
}

function duration(): z.ZodType<number, string> {
  const pattern = '^([0-9]+(\\.[0-9]+)?(ms|h|m|s))+$|^0$';
  return leaf('a duration', parseDurationMs, { pattern }, 'A duration is written like 30s, 1m30s or 500ms.');
}

const healthcheckTest = z.union([anyText().transform((line) => ['CMD-SHELL', line]), list(anyText())], {
  error: 'a command for a shell, or a list that begins with CMD, CMD-SHELL or NONE',
});

/** Compose's form. */
export const healthcheck: z.ZodType<HealthcheckSettings> = section('healthcheck', {
  test: optional(healthcheckTest, 'A command for a shell, or a list that begins with CMD, CMD-SHELL or NONE.'),
  interval: optional(duration(), 'Time between two checks, such as 30s.'),
  timeout: optional(duration(), 'How long one check may take.'),
  'start-period': optional(duration(), 'How long the app may take to start; failures in that time do not count.'),
  'start-interval': optional(duration(), 'Time between two checks while the app starts.'),
  retries: optional(integer(1, 1000), 'After how many failures in a row the container is unhealthy.'),
  disable: optional(flag(), "Whether the base's check is switched off. Default: false."),
})
  .superRefine(({ test, disable }, context) => {
    const hint = 'CMD and its arguments run without a shell; CMD-SHELL takes one command line; NONE stands alone.';
    const refuse = (message: string): void => {
      context.addIssue({ code: 'custom', message, path: ['test'], params: { expects: 'a test', hint } });
    };
    if (test === undefined) return;
    const [kind = '', ...rest] = test;
    if (disable === true && kind !== 'NONE') refuse("'test' and 'disable: true' contradict each other");
    else if (!['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) refuse('a list begins with CMD, CMD-SHELL or NONE');
    else if (kind === 'NONE' ? rest.length > 0 : rest.length === 0) refuse(`not what belongs to ${kind}`);
    else if (kind === 'CMD-SHELL' && rest.length > 1) refuse('CMD-SHELL takes one command line');
  })
  .transform((raw) => ({
    test: raw.disable === true ? ['NONE'] : (raw.test ?? []),
    ...(raw.interval === undefined ? {} : { intervalMs: raw.interval }),
    ...(raw.timeout === undefined ? {} : { timeoutMs: raw.timeout }),
    ...(raw['start-period'] === undefined ? {} : { startPeriodMs: raw['start-period'] }),
    ...(raw['start-interval'] === undefined ? {} : { startIntervalMs: raw['start-interval'] }),
    ...(raw.retries === undefined ? {} : { retries: raw.retries }),
  }));
