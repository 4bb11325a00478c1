import { Box, Text } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Role } from './paint.ts';
import type { FrameLine } from './span.ts';

type TextLook = Readonly<Record<string, string | boolean>>;

const looks: Readonly<Record<Role, TextLook>> = {
  heading: { bold: true },
  good: { color: 'green' },
  stale: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  warning: { color: 'yellow', bold: true },
  hint: { color: 'cyan' },
  quiet: { dimColor: true },
  target1: { color: 'cyan' },
  target2: { color: 'magenta' },
  target3: { color: 'blue' },
  target4: { color: 'green' },
  target5: { color: 'yellowBright' },
  target6: { color: 'blueBright' },
};

/** Lines below each other, as they are. */
export function Lines({
  lines,
  colour,
}: {
  readonly lines: readonly FrameLine[];
  readonly colour: boolean;
}): ReactElement {
  return createElement(
    Box,
    { flexDirection: 'column' },
    lines.map((spans, key) => createElement(Line, { spans, colour, key })),
  );
}

export function Line({ spans, colour }: { readonly spans: FrameLine; readonly colour: boolean }): ReactElement {
  const pieces = spans.map(({ role, text }, key) =>
    createElement(Text, { ...(colour && role !== undefined ? looks[role] : {}), key }, text),
  );
  return createElement(Text, { wrap: 'wrap' }, ...pieces);
}
