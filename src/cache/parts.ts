import * as z from 'zod';
import { type ErrorCode, isErrorCode } from '../errors.ts';
import { isWarningCode, type WarningCode, type WarningEvent } from '../events.ts';

/** What the documents of a cache have in common. They come from others: each is checked as a whole. */

export const size: z.ZodInt = z.int().min(0);
export const digest: z.ZodString = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const code = z.custom<ErrorCode | WarningCode>(
  (value) => typeof value === 'string' && (isErrorCode(value) || isWarningCode(value)),
);

/** A warning without its place: that is one of one project, and what is kept is for all. */
export type ToldWarning = Omit<WarningEvent, 'type' | 'location'>;
export const told: z.ZodType<ToldWarning> = z.object({
  code,
  message: z.string(),
  hint: z.string().exactOptional(),
});

export function withoutPlace({ code, message, hint }: WarningEvent): ToldWarning {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

export function asWarning(warning: ToldWarning): WarningEvent {
  return { type: 'warning', ...warning };
}

/** undefined for what is no JSON. */
export function jsonOf(text: Uint8Array | string | undefined): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : Buffer.from(text ?? []).toString());
  } catch {
    return undefined;
  }
}
