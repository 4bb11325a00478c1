import { PycontainerError } from '../../errors.ts';

/**
 * Why a wheel is refused. Names are permanent: scripts match on them, and docs/wheel-policy.md has a row for each.
 * `stricter` marks those that pip would install: what it means to be stricter than pip is exactly this list.
 */
export const wheelProblems = {
  bomb: { title: 'it says that it inflates to far more than it holds', stricter: true },
  'data-scheme': { title: 'its .data folder has something that no install scheme knows', stricter: false },
  'dist-info-mismatch': { title: 'its .dist-info folder is not the one that its file name says', stricter: true },
  'dist-info-missing': { title: 'it has no .dist-info folder', stricter: false },
  'dist-info-several': { title: 'it has several .dist-info folders', stricter: false },
  encrypted: { title: 'a file in it is encrypted', stricter: false },
  'entry-point': { title: 'an entry point cannot be read', stricter: false },
  'file-and-folder': { title: 'one path is a file and a folder', stricter: true },
  'headers-disagree': { title: 'two headers of one file disagree', stricter: true },
  'member-damaged': { title: 'a file in it is damaged', stricter: false },
  'members-overlap': { title: 'files in it share bytes', stricter: true },
  'metadata-encoding': { title: 'a file of its .dist-info is not UTF-8', stricter: false },
  'metadata-invalid': { title: 'its METADATA cannot be read', stricter: false },
  'metadata-mismatch': { title: 'its METADATA is not that of the wheel its file name says', stricter: false },
  'metadata-missing': { title: 'it has no METADATA', stricter: false },
  'method-unknown': { title: 'a file in it is compressed in a way that wheels do not use', stricter: true },
  'name-encoding': { title: 'a file name in it is not UTF-8', stricter: true },
  'name-invalid': { title: 'a file name in it cannot stand on a disk', stricter: true },
  'not-a-zip': { title: 'it is not a zip archive, or its end is missing', stricter: false },
  'path-absolute': { title: 'a file name in it is absolute', stricter: true },
  'path-backslash': { title: 'a file name in it has a backslash', stricter: true },
  'path-escapes': { title: 'a file name in it has `..`', stricter: true },
  'path-whiteout': { title: 'a file name in it would delete files of the image', stricter: true },
  'record-missing': { title: 'it has no RECORD', stricter: false },
  'reserved-path': { title: 'it would overwrite the interpreter or the environment itself', stricter: true },
  'script-name': { title: 'an entry point has a name that no launcher can have', stricter: true },
  'special-file': { title: 'a file in it is a device, a pipe or the like', stricter: true },
  symlink: { title: 'a file in it is a symbolic link', stricter: true },
  'too-large': { title: 'a part of it that is read whole is too large', stricter: true },
  'wheel-file-invalid': { title: 'its WHEEL file cannot be read', stricter: false },
  'wheel-file-missing': { title: 'it has no WHEEL file', stricter: false },
  'wheel-version': { title: 'it is of a wheel format that is not known', stricter: false },
  'zip-damaged': { title: 'its table of contents is damaged', stricter: true },
  'zip-unsupported': { title: 'it is a kind of zip archive that wheels never are', stricter: true },
} as const;

export type WheelProblem = keyof typeof wheelProblems;

const shownLength = 200;
const form = / is refused \(([a-z-]+)\): /;

/** Text out of a wheel for a message: nothing in it moves a terminal's cursor, and it is cut where it is long. */
export function printable(text: string): string {
  const cut = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  return cut.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** `wheel` is what people know the wheel by: its file name. `detail` names the member or value at fault. */
export function wheelError(problem: WheelProblem, wheel: string, detail: string, cause?: unknown): PycontainerError {
  const message = `${wheel} is refused (${problem}): ${wheelProblems[problem].title}: ${printable(detail)}`;
  return new PycontainerError('wheel-invalid', message, {
    hint: 'Get the wheel again from its publisher, or pin another version; docs/wheel-policy.md says what is refused and why.',
    cause,
  });
}

/** The problem that an error of {@link wheelError} stands for. */
export function wheelProblem(error: unknown): WheelProblem | undefined {
  if (!(error instanceof PycontainerError) || error.code !== 'wheel-invalid') return undefined;
  const name = form.exec(error.message)?.[1];
  return name !== undefined && isWheelProblem(name) ? name : undefined;
}

function isWheelProblem(name: string): name is WheelProblem {
  return Object.hasOwn(wheelProblems, name);
}
