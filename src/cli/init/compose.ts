import { type Draft, type SettingKey, settingKeys, type Settings, type SettingValue } from './draft.ts';
import type { Findings } from './findings.ts';
import type { ManifestText } from './manifest-text.ts';

/** What is written, and what to tell about it. */
export interface Composed {
  readonly manifest: Omit<ManifestText, 'schema'>;
  readonly assumed: readonly string[];
}

/** Puts together what a project says of itself, what another tool's file says, and what a person answered; the last wins. */
export function compose(
  target: string,
  findings: Findings,
  draft: Draft | undefined,
  answers: Settings = {},
): Composed {
  const fromFile = draft?.settings ?? {};
  const carried: Settings = { ...fromFile, ...answers };
  const found = foundSettings(target, findings);
  const settings: Settings = { ...found, ...carried };
  const own = (key: SettingKey): boolean => carried[key] === undefined;
  const isStarted = settings.cmd !== undefined || settings.entrypoint !== undefined;
  const comments: ManifestText['comments'] = {
    base: own('base') ? [sentence(findings.baseAssumed.replace(/^base \S+, since /, 'From the project: '))] : [],
    platforms: own('platforms')
      ? ["This machine's platform. For others too:", 'platforms: [linux/amd64, linux/arm64]']
      : [],
    tags: own('tags') ? ["Put your registry's host and path before the name to push it."] : [],
    dependencies: own('dependencies') ? dependencyComments(findings) : [],
    cmd: isStarted ? [] : startComments(findings),
    ports: own('ports') && settings.ports !== undefined ? ['Where the server listens.'] : [],
    run: own('run') ? runComments(settings.ports) : [],
  };
  return {
    manifest: {
      target,
      heading: draft === undefined ? [] : [`Carried over from ${draft.source}: ${listed(fromFile)}.`],
      settings,
      comments,
      withVariables: own('tags') || answers.tags !== undefined ? new Set<SettingKey>(['tags']) : new Set(),
    },
    assumed: [
      ...(own('base') ? [findings.baseAssumed] : []),
      dependencySentence(findings),
      ...(isStarted ? [] : [startSentence(findings)]),
      ...(draft === undefined ? [] : [`${listed(fromFile)} from ${draft.source}`]),
    ],
  };
}

function foundSettings(target: string, { base, start }: Findings): Settings {
  const settings: Partial<Record<SettingKey, SettingValue>> = { base, tags: [`${target}:\${VERSION:-dev}`] };
  if (start?.port !== undefined) settings.ports = [start.port];
  return settings;
}

function dependencyComments({ lock, unlocked }: Findings): readonly string[] {
  if (lock !== undefined)
    return [`Packages come from ${lock}. To take them from elsewhere:`, 'dependencies: { from: FILE }'];
  return unlocked === undefined
    ? ['No lock file is there (uv.lock, pylock.toml, poetry.lock, requirements.txt, …), so no packages go in.']
    : [`No lock file pins the packages of ${unlocked}: \`pycontainer lock\` makes one, to be committed.`];
}

function dependencySentence({ lock, unlocked }: Findings): string {
  if (lock !== undefined) return `packages from ${lock}`;
  return unlocked === undefined
    ? 'no packages, since there is no lock file'
    : `packages of ${unlocked}, which \`pycontainer lock\` is to pin before a build`;
}

/** Of the ports of a manifest's target. */
function runComments(ports: SettingValue | undefined): readonly string[] {
  const [first] = Array.isArray(ports) ? ports : [];
  if (typeof first !== 'number') return [];
  return ['To have `pycontainer up` run it too:', `run: { ports: ['${first}:${first}'] }`];
}

function startComments({ start, startUnknown }: Findings): readonly string[] {
  if (start === undefined) return [`${startUnknown ?? 'No start is known'}. Say it here:`, 'cmd: [python, -m, MODULE]'];
  return [`The start is found: ${start.because}. To say it yourself:`, `cmd: [${start.cmd.map(quoted).join(', ')}]`];
}

function startSentence({ start, startUnknown }: Findings): string {
  return start === undefined
    ? `no start: ${startUnknown ?? 'none is known'}; say it with \`cmd\``
    : `start: ${start.cmd.join(' ')} (${start.because})`;
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) && !/^[\d.]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function listed(settings: Settings): string {
  return settingKeys.filter((key) => settings[key] !== undefined).join(', ') || 'nothing';
}
