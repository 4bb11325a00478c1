import type { WarningEvent } from '../events.ts';

/** What one source says of a version; nothing when it does not speak of it. */
export interface Observation {
  /** Where it stands, for people: a path, or `PYTHON_VERSION`. */
  readonly what: string;
  readonly version: string | undefined;
}

export interface Verdict {
  readonly version: string | undefined;
  /** When a source says otherwise; both are named. */
  readonly warning?: WarningEvent;
}

/** Believes the first observation that says anything. `subject` begins the warning's sentence. */
export function believed(subject: string, observations: readonly Observation[]): Verdict {
  const said = observations.filter(({ version }) => version !== undefined);
  const [first] = said;
  const other = said.find(({ version }) => version !== first?.version);
  if (first === undefined || other === undefined) return { version: first?.version };
  const message = `${subject} is ${first.version} by ${first.what}, but ${other.version} by ${other.what}`;
  return {
    version: first.version,
    warning: { type: 'warning', code: 'base-facts', message, hint: `${first.version} is believed.` },
  };
}
