import { Box, Text } from 'ink';
import { createElement, memo, type MemoExoticComponent, type ReactElement } from 'react';

/** Lines below each other, as they are. */
export function Lines({ lines }: { readonly lines: readonly string[] }): ReactElement {
  return createElement(
    Box,
    { flexDirection: 'column' },
    lines.map((text, key) => createElement(Line, { text, key })),
  );
}

/** Laid out again only when it is another one. */
export const Line: MemoExoticComponent<(props: { readonly text: string }) => ReactElement> = memo(({ text }) =>
  createElement(Text, { wrap: 'wrap' }, text),
);
