import { type ErrorCode, errorKinds } from '../src/errors.ts';
import { warningKinds } from '../src/events.ts';
import { advice } from './advice.ts';

const intro = `# Errors and warnings

Every error and warning has a name that stays the same from version to version, so that scripts can match on it:
\`error[manifest-unknown-key]\` on a terminal, \`"code": "manifest-unknown-key"\` with \`--progress rawjson\`.

The exit status is 0 when all is done, 1 when the work failed, 2 when the request was wrong, and 130 when you stopped it.
\`-v\` adds what caused an error.

<!-- Made by \`npm run schema\` from src/errors.ts, src/events.ts and scripts/advice.ts. -->`;

/** docs/errors.md: a section for each code, in the tables' order. */
export function errorsPage(): string {
  const errors = Object.entries(errorKinds).map(([code, { title, exit }]) =>
    section(code, `**${title}.** Exit status ${code === 'interrupted' ? 130 : exit}.`),
  );
  const warnings = Object.entries(warningKinds)
    .filter(([code]) => !Object.hasOwn(errorKinds, code))
    .map(([code, title]) => section(code, `**${title}.**`));
  return `${[intro, '## Errors', ...errors, '## Warnings', warningsIntro, ...warnings].join('\n\n')}\n`;
}

const warningsIntro = 'A warning never changes the exit status. An error’s name may come as a warning too.';

function section(code: string, heading: string): string {
  return `### ${code}\n\n${heading}\n\n${advice[code as ErrorCode]}`;
}
