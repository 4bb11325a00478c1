import type { Paint, Role } from '../../ui/paint.ts';
import { type Finding, sections } from './finding.ts';

/** Changes when a reader of the JSON could be misled. */
const formatVersion = 1;

const marks: Readonly<Record<Finding['state'], { readonly mark: string; readonly role: Role }>> = {
  ok: { mark: 'ok', role: 'good' },
  note: { mark: 'note', role: 'quiet' },
  broken: { mark: 'broken', role: 'bad' },
};
const width = 'broken'.length;

/** A heading for each section, a line for each finding, and what to do below those that want something. */
export function doctorText(findings: readonly Finding[], paint: Paint): string {
  const lines = sections.flatMap((section) => {
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

export function doctorJson(findings: readonly Finding[]): string {
  return JSON.stringify({ version: formatVersion, healthy: isHealthy(findings), findings }, undefined, 2);
}

export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'broken');
}
