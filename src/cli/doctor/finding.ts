import { PycontainerError, redact } from '../../errors.ts';
import type { DoctorSection, Finding } from '../../ui/doctor.ts';

/** Makes findings of one section. */
export interface Notebook {
  readonly ok: (what: string) => void;
  readonly note: (what: string, hint?: string) => void;
  readonly broken: (what: string, hint?: string) => void;
  /** What went wrong, with what to do; throws what is no error of ours. */
  readonly failed: (error: unknown) => void;
}

export function notebook(section: DoctorSection, findings: Finding[]): Notebook {
  const add = (state: Finding['state'], what: string, hint?: string): void => {
    findings.push({ section, state, what: redact(what), ...(hint === undefined ? {} : { hint: redact(hint) }) });
  };
  return {
    ok: (what) => add('ok', what),
    note: (what, hint) => add('note', what, hint),
    broken: (what, hint) => add('broken', what, hint),
    failed: (error) => {
      if (!(error instanceof PycontainerError)) throw error;
      for (const { message, hint, location } of [error, ...error.others]) {
        add('broken', location === undefined ? message : `${location.file}:${location.line}: ${message}`, hint);
      }
    },
  };
}
