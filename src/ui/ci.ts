import { relative, resolve } from 'node:path';
import type { SourceLocation } from '../errors.ts';
import { shownPath } from './path.ts';

/** What a CI service makes of lines of a certain form. */
export interface Ci {
  /** Lines that show a mistake at its place in the code; none where the service has no such thing. */
  readonly annotate: (kind: 'error' | 'warning', mistake: Mistake) => readonly string[];
  /** Lines between these two are folded under the title. */
  readonly open: (title: string, now: Date) => readonly string[];
  readonly close: (now: Date) => readonly string[];
}

export interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly location?: SourceLocation | undefined;
}

const nothing = (): readonly string[] => [];
const noCi: Ci = { annotate: nothing, open: nothing, close: nothing };

/**
 * The service whose variables are set.
 * @param cwd absolute; what the paths of mistakes are relative to
 */
export function ciOf(env: Readonly<Record<string, string | undefined>>, cwd: string): Ci {
  if (env['GITHUB_ACTIONS'] === 'true') return github(env['GITHUB_WORKSPACE'] ?? cwd, cwd);
  return env['GITLAB_CI'] === 'true' ? gitlab : noCi;
}

/** @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
function github(workspace: string, cwd: string): Ci {
  return {
    annotate: (kind, { code, message, location }) => {
      const place: Readonly<Record<string, string>> =
        location === undefined
          ? {}
          : { file: inWorkspace(location.file), line: String(location.line), col: String(location.column) };
      const properties = Object.entries({ ...place, title: code }).map(
        ([name, value]) => `${name}=${escapeGithub(value).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
      );
      return [`::${kind} ${properties.join(',')}::${escapeGithub(message)}`];
    },
    open: (title) => [`::group::${escapeGithub(title)}`],
    close: () => ['::endgroup::'],
  };

  function inWorkspace(file: string): string {
    const absolute = resolve(cwd, file);
    const shown = shownPath(absolute, workspace);
    return shown === absolute ? relative(cwd, absolute) : shown;
  }
}

function escapeGithub(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** @see https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections */
const gitlab: Ci = {
  annotate: nothing,
  open: (title, now) => [`\u001B[0Ksection_start:${seconds(now)}:pycontainer\r\u001B[0K${title}`],
  close: (now) => [`\u001B[0Ksection_end:${seconds(now)}:pycontainer\r\u001B[0K`],
};

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
