import type { ImageReport } from '../image/report.ts';
import { type Paint, plainPaint } from './paint.ts';
import { counted, formatBytes, shortDigest } from './units.ts';
import { visible } from './visible.ts';

export interface InspectTextOptions {
  /** Every layer's packages and every package. */
  readonly all: boolean;
  readonly paint?: Paint;
}

const shownPackages = 10;
const shownNames = 4;
/** Of what made a layer that is not ours about this much is shown. */
const titleWidth = 72;

/** What an image consists of, as people read it. */
export function formatReport(report: ImageReport, { all, paint = plainPaint }: InspectTextOptions): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['layers', layerLines(report, all)],
    [packagesTitle(report, all), packageLines(report, all)],
    ['config', configLines(report)],
    ['annotations', Object.entries(report.annotations).map(([key, value]) => `${key}  ${value}`)],
  ];
  return [
    heading(report, paint),
    ...sections.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : ['', paint('heading', title), ...lines.map((line) => `  ${visible(line)}`)],
    ),
  ].join('\n');
}

function heading(report: ImageReport, paint: Paint): string {
  const { image, platform, digest, platforms, layers, sizeBytes, uncompressedSizeBytes, created, base } = report;
  const others = platforms.filter((one) => one !== platform);
  const rows = [
    ['digest', digest],
    ...(others.length === 0 ? [] : [['also for', others.join(', ')]]),
    [
      'size',
      `${formatBytes(sizeBytes)}, unpacked ${formatBytes(uncompressedSizeBytes)}, in ${counted(layers.length, 'layer')}`,
    ],
    ...(created === undefined ? [] : [['created', created]]),
    ...(base === undefined ? [] : [['base', [base.name, base.digest].filter((part) => part !== undefined).join('@')]]),
  ];
  return [
    `${paint('heading', visible(image))}  ${platform}`,
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd('also for'.length)}  ${visible(value)}`),
  ].join('\n');
}

function layerLines({ layers }: ImageReport, all: boolean): readonly string[] {
  const counts = layers.map(({ files, removed }) =>
    [counted(files, 'file'), ...(removed === 0 ? [] : [`${removed} removed`])].join(', '),
  );
  const width = Math.max(0, ...counts.map(({ length }) => length));
  return layers.map(({ kind, title, digest, sizeBytes, uncompressedSizeBytes, packages }, index) => {
    const sizes = [sizeBytes, uncompressedSizeBytes].map((bytes) => formatBytes(bytes).padStart(8));
    const spaced = title.replaceAll(/\s+/g, ' ');
    const what = kind === 'other' ? shortened(spaced, titleWidth) : ownTitle(title, packages, all);
    return [shortDigest(digest), ...sizes, (counts[index] ?? '').padEnd(width), what].join('  ').trimEnd();
  });
}

function ownTitle(title: string, packages: readonly string[], all: boolean): string {
  if (packages.length < 2) return title;
  const shown = all ? packages : packages.slice(0, shownNames);
  const more = packages.length - shown.length;
  return `${title}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function packagesTitle({ packages }: ImageReport, all: boolean): string {
  const isCut = !all && packages.length > shownPackages;
  return isCut ? `the largest of ${packages.length} packages` : counted(packages.length, 'package');
}

function packageLines({ packages }: ImageReport, all: boolean): readonly string[] {
  const shown = all ? packages : packages.slice(0, shownPackages);
  return shown.map(({ name, version, sizeBytes, folder }) => {
    const size = sizeBytes === undefined ? '' : formatBytes(sizeBytes);
    return `${size.padStart(8)}  ${name} ${version}  ${folder}`;
  });
}

function configLines({ config }: ImageReport): readonly string[] {
  const {
    Env = [],
    Entrypoint,
    Cmd,
    WorkingDir,
    User,
    ExposedPorts,
    Volumes,
    Labels,
    StopSignal,
    Healthcheck,
  } = config;
  const command = (words: readonly string[] | null | undefined): string[] =>
    words ? [words.map(quotedWord).join(' ')] : [];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['entrypoint', command(Entrypoint)],
    ['cmd', command(Cmd)],
    ['workdir', filled(WorkingDir)],
    ['user', filled(User)],
    ['ports', filled(Object.keys(ExposedPorts ?? {}).join(', '))],
    ['volumes', filled(Object.keys(Volumes ?? {}).join(', '))],
    ['stop-signal', filled(StopSignal)],
    ['healthcheck', command(Healthcheck?.Test)],
    ['environment', Env],
    ['labels', Object.entries(Labels ?? {}).map(([key, value]) => `${key}=${value}`)],
  ];
  return rows.flatMap(([name, values]) =>
    values.map((value, index) => `${(index === 0 ? name : '').padEnd('environment'.length)}  ${value}`),
  );
}

function filled(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : [text];
}

/** A word of a command as a shell would take it. */
function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function shortened(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
