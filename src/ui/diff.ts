import type { FileChange, ImageDiff, PackageChange } from '../image/diff.ts';
import type { ImageSide } from './diff-json.ts';
import { type Paint, plainPaint, type Role } from './paint.ts';
import { counted, formatBytes, shortDigest } from './units.ts';
import { visible } from './visible.ts';

export interface DiffTextOptions {
  /** Every file. */
  readonly all: boolean;
  readonly paint?: Paint;
}

const shownFiles = 40;

/** How two images differ, as people read it: what is only in the first has a minus, what is only in the second a plus. */
export function formatDiff(
  from: ImageSide,
  to: ImageSide,
  { layers, files, packages, config }: ImageDiff,
  { all, paint = plainPaint }: DiffTextOptions,
): string {
  const marked = (mark: Mark, text: string): string => `  ${paint(roles[mark], `${mark} ${visible(text)}`)}`;
  const telling = withoutFolders(files).toSorted((a, b) => rank(a) - rank(b));
  const shown = all ? telling : telling.slice(0, shownFiles);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      'layers',
      layers.map(({ change, title, sizeBytes }) => marked(layerMarks[change], `${title}  ${formatBytes(sizeBytes)}`)),
    ],
    ['packages', packages.map((change) => marked(packageMark(change), packageText(change)))],
    [
      'config',
      config.map((change) =>
        marked(change.from === undefined ? '+' : change.to === undefined ? '-' : '~', configText(change)),
      ),
    ],
    [
      counted(telling.length, 'file'),
      [
        ...shown.map((file) => marked(fileMarks[file.change], fileText(file))),
        ...(shown.length < telling.length ? [`  and ${telling.length - shown.length} more, which -v lists`] : []),
      ],
    ],
  ];
  const told = sections.filter(([, lines]) => lines.length > 0);
  return [
    `${paint('bad', '---')} ${sideText(from)}`,
    `${paint('good', '+++')} ${sideText(to)}`,
    ...(told.length === 0
      ? [equalText(from, to)]
      : told.flatMap(([title, lines]) => [paint('heading', title), ...lines])),
  ].join('\n');
}

type Mark = '+' | '-' | '~';

const roles: Readonly<Record<Mark, Role>> = { '+': 'good', '-': 'bad', '~': 'stale' };
const fileMarks = { added: '+', removed: '-', changed: '~' } as const;
const layerMarks = { added: '+', removed: '-', moved: '~' } as const;

function sideText({ image, platform, digest, sizeBytes }: ImageSide): string {
  return `${visible(image)}  ${platform}  ${shortDigest(digest)}  ${formatBytes(sizeBytes)}`;
}

function equalText(from: ImageSide, to: ImageSide): string {
  if (from.digest === to.digest) return 'They are the same image.';
  return 'The same layers, files, packages and config; what was written down about them, or how it is compressed, differs.';
}

/** That a folder came or went is said by what is in it, if anything is. */
function withoutFolders(files: readonly FileChange[]): readonly FileChange[] {
  const parents = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  return files.filter(({ path, type, change }) => type !== 'directory' || change === 'changed' || !parents.has(path));
}

/** What a person wrote before what came with a package. */
function rank({ path }: FileChange): number {
  return /\/(?:site|dist)-packages\//.test(path) ? 1 : 0;
}

function fileText({ path, change, what, type, fromBytes, toBytes }: FileChange): string {
  const name = type === 'directory' ? `${path}/` : path;
  const bytes = toBytes ?? fromBytes;
  if (change !== 'changed') return bytes === undefined ? name : `${name}  ${formatBytes(bytes)}`;
  const sizes =
    fromBytes === undefined || toBytes === undefined || fromBytes === toBytes
      ? ''
      : `  ${formatBytes(fromBytes)} → ${formatBytes(toBytes)}`;
  return `${name}  ${what.join(', ')}${sizes}`;
}

function packageMark({ from, to }: PackageChange): Mark {
  return from === undefined ? '+' : to === undefined ? '-' : '~';
}

function packageText({ name, from, to, folder }: PackageChange): string {
  const versions = from !== undefined && to !== undefined ? `${from} → ${to}` : (from ?? to ?? '');
  return `${name} ${versions}  ${folder}`;
}

function configText({ key, from, to }: ImageDiff['config'][number]): string {
  return from !== undefined && to !== undefined ? `${key}  ${from} → ${to}` : `${key}  ${from ?? to ?? ''}`;
}
