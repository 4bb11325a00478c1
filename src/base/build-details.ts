/** What a build-details.json says; nothing where it does not say so, or is no JSON. */
export interface BuildDetails {
  /** X.Y.Z, with its pre-release part. */
  readonly version?: string;
  /** As in `sys.abiflags`. */
  readonly flags?: string;
}

/** @see https://peps.python.org/pep-0739/ */
export function readBuildDetails(text: string): BuildDetails {
  const details = parsed(text);
  const flags = field(field(details, 'abi'), 'flags');
  const version = versionIn(details);
  return {
    ...(version === undefined ? {} : { version }),
    ...(Array.isArray(flags) ? { flags: flags.join('') } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `language.version_info`, or `implementation.version` where CPython has no version_info. */
function versionIn(details: unknown): string | undefined {
  const info = field(field(details, 'language'), 'version_info') ?? field(field(details, 'implementation'), 'version');
  const [major, minor, micro, serial] = ['major', 'minor', 'micro', 'serial'].map((name) => field(info, name));
  const levels: Record<string, string> = { alpha: 'a', beta: 'b', candidate: 'rc', final: '' };
  const level = levels[String(field(info, 'releaselevel'))];
  if (![major, minor, micro].every(Number.isInteger) || level === undefined) return undefined;
  return `${String(major)}.${String(minor)}.${String(micro)}${level === '' ? '' : level + String(serial)}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
