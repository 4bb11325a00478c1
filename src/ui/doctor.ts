import type { Paint, Role } from './paint.ts';

/** What `doctor` looks at, in the order in which it is told. */
export const doctorSections = ['program', 'store', 'engine', 'settings', 'registries', 'indexes', 'network'] as const;
export type DoctorSection = (typeof doctorSections)[number];

/** One thing that was looked at. All text is without secrets. */
export interface Finding {
  readonly section: DoctorSection;
  /** `note`: works, but is worth knowing, or is missing and need not be there. */
  readonly state: 'ok' | 'note' | 'broken';
  readonly what: string;
  /** What to do. */
  readonly hint?: string;
}

export interface DoctorJson {
  readonly version: typeof doctorFormatVersion;
  /** Whether nothing is broken. */
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

/** Grows when something is taken away from the JSON or changes its meaning. */
export const doctorFormatVersion = 1;

const marks: Readonly<Record<Finding['state'], { readonly mark: string; readonly role: Role }>> = {
  ok: { mark: 'ok', role: 'good' },
  note: { mark: 'note', role: 'quiet' },
  broken: { mark: 'broken', role: 'bad' },
};
const width = 'broken'.length;

/** A heading for each section, a line for each finding, and what to do below those that want something. */
export function doctorText(findings: readonly Finding[], paint: Paint): string {
  const lines = doctorSections.flatMap((section) => {
    const own = findings.filter((finding) => finding.section === section);
    return own.length === 0 ? [] : [paint('heading', section), ...own.flatMap((finding) => linesOf(finding, paint))];
  });
  return lines.join('\n');
}

function linesOf({ state, what, hint }: Finding, paint: Paint): readonly string[] {
  const { mark, role } = marks[state];
  const head = `  ${paint(role, mark.padEnd(width))}  ${what}`;
  return hint === undefined ? [head] : [head, `  ${''.padEnd(width)}  ${paint('hint', '= help:')} ${hint}`];
}

export function doctorJson(findings: readonly Finding[]): DoctorJson {
  return { version: doctorFormatVersion, healthy: isHealthy(findings), findings };
}

export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'broken');
}
