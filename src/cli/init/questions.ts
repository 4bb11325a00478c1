import type { Question } from '../../ui/form-state.ts';
import type { Settings, SettingValue } from './draft.ts';
import type { Findings } from './findings.ts';

export interface AskedOptions {
  readonly target: string;
  readonly findings: Findings;
  /** What another tool's file says; it is the usual answer then. */
  readonly carried: Settings;
  /** This machine's. */
  readonly platform: string;
  /** Why a manifest with these settings would be refused; undefined when it would not. */
  readonly refusal: (settings: Settings) => string | undefined;
}

/** A question, and what of the manifest its answer is; nothing for the usual one. */
export interface Asked extends Question {
  readonly settings: (answer: string) => Settings;
}

/** What a person is asked: what is found out is only to be confirmed. */
export function questionsFor(options: AskedOptions): readonly Asked[] {
  const { findings, carried, platform, target } = options;
  const { start } = findings;
  const base = typeof carried.base === 'string' ? carried.base : findings.base;
  const platforms = Array.isArray(carried.platforms) ? carried.platforms.join(', ') : platform;
  const port = firstPort(carried.ports) ?? start?.port;
  const isStarted = carried.cmd !== undefined || carried.entrypoint !== undefined;
  return [
    asked(options, 'Base', 'the image below, with Python in it', base, (text) => ({ base: text })),
    asked(options, 'Platforms', 'one or several, such as linux/amd64, linux/arm64', platforms, (text) => ({
      platforms: text.split(/[\s,]+/).filter(Boolean),
    })),
    ...(carried.tags === undefined ? [registryQuestion(options, target)] : []),
    ...(isStarted
      ? []
      : [
          asked(
            options,
            'Start',
            'the command, or empty for what is found',
            start?.cmd.join(' ') ?? 'none',
            (text) => ({
              cmd: text.split(/\s+/),
            }),
          ),
        ]),
    ...(port === undefined
      ? []
      : [
          asked(options, 'Run', `whether \`pycontainer up\` runs it too, on port ${port}: yes or no`, 'no', (text) =>
            isYes(text) ? { run: { ports: [`${port}:${port}`] } } : {},
          ),
        ]),
  ];
}

export function isYes(answer: string): boolean {
  return /^y(?:es)?$/i.test(answer);
}

const nowhere = 'none';

function registryQuestion(options: AskedOptions, target: string): Asked {
  return asked(
    options,
    'Registry',
    'host and path before the name to push it, such as ghcr.io/acme',
    nowhere,
    (text) => ({
      tags: [`${text.replace(/\/+$/, '')}/${target}:\${VERSION:-dev}`],
    }),
  );
}

function asked(
  { refusal }: AskedOptions,
  label: string,
  about: string,
  usual: string,
  settings: (answer: string) => Settings,
): Asked {
  return {
    label,
    about,
    usual,
    mistake: (answer) => (answer === usual ? undefined : refusal(settings(answer))),
    settings: (answer) => (answer === usual ? {} : settings(answer)),
  };
}

function firstPort(ports: SettingValue | undefined): number | undefined {
  const [first] = Array.isArray(ports) ? ports : [];
  return typeof first === 'number' ? first : undefined;
}
