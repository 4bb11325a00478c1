import type { WarningEvent } from '../../events.ts';
import type { Metadata } from './metadata.ts';
import type { Wheel } from './wheel.ts';

/** What a plan shows and checks of a wheel without opening it again; survives JSON. */
export interface WheelSummary {
  /** Normalized. */
  readonly name: string;
  /** As METADATA writes it. */
  readonly version: string;
  readonly metadata: Metadata;
  /** As WHEEL lists them, expanded. */
  readonly tags: readonly string[];
  /** Of what the wheel itself brings: launchers and RECORD come on top. */
  readonly installedBytes: number;
  readonly fileCount: number;
  /** Unparsed values by group and name. */
  readonly entryPoints: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Top folders and modules that can be imported, sorted. */
  readonly topLevel: readonly string[];
  /** Of opening it, see Wheel. */
  readonly warnings: readonly WarningEvent[];
}

export function wheelSummary(wheel: Wheel): WheelSummary {
  const { name, version, metadata, tags, warnings } = wheel;
  const files = wheel.files.filter((file) => !file.path.split('/').includes('__pycache__'));
  const groups = [...wheel.entryPoints].map(([group, values]) => [group, Object.fromEntries(values)] as const);
  return {
    name,
    version,
    metadata,
    tags,
    installedBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    fileCount: files.length,
    entryPoints: Object.fromEntries(groups),
    topLevel: topLevel(files.map((file) => file.path)),
    warnings,
  };
}

function topLevel(paths: readonly string[]): string[] {
  const names = paths.flatMap((path) => {
    const importable =
      /^(?:[^/]+\.data\/(?:purelib|platlib)\/)?([\p{L}_][\p{L}\p{N}_]*)(?:\/|\.py$|(?:\.[\w-]+)*\.so$)/u;
    return importable.exec(path)?.[1] ?? [];
  });
  return [...new Set(names)].sort();
}
