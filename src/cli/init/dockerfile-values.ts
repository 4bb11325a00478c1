import { type Instruction, parseList, simpleWords } from './dockerfile.ts';
import type { SettingValue } from './draft.ts';

/** Exec form as it is; a line for a shell too, where it needs none. */
export function commandOf({ list, text }: Instruction): readonly string[] {
  return list ?? simpleWords(text) ?? ['/bin/sh', '-c', text];
}

export function healthcheckOf({ flags, text }: Instruction): SettingValue {
  if (/^none$/i.test(text)) return { disable: true };
  const command = text.replace(/^CMD\s+/i, '');
  const words = parseList(command);
  const test = words !== undefined ? ['CMD', ...words] : ['CMD-SHELL', command];
  const retries = flags.get('retries');
  const times = ['interval', 'timeout', 'start-period', 'start-interval'].flatMap((key) => {
    const value = flags.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return { test, ...Object.fromEntries(times), ...(retries === undefined ? {} : { retries: Number(retries) }) };
}

/** A range of Docker's as its ports; undefined where it is none, or has too many to be written down. */
export function portsOf(text: string): readonly string[] | undefined {
  const [, first, last, protocol = ''] = /^(\d+)-(\d+)(\/\w+)?$/.exec(text) ?? [];
  if (first === undefined) return [text];
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > mostPorts) return undefined;
  return Array.from({ length: count }, (_, index) => `${Number(first) + index}${protocol}`);
}

const mostPorts = 20;
export function portOf(text: string): SettingValue {
  const port = text.replace(/\/tcp$/, '');
  return /^[0-9]+$/.test(port) ? Number(port) : port;
}
