import { posix } from 'node:path';
import { readText } from '../../python/text.ts';
import { type Instruction, parseDockerfile, parseList, parsePairs, simpleWords } from './dockerfile.ts';
import type { Draft, SettingKey, SettingValue } from './draft.ts';

const name = 'Dockerfile';

/** Reads a folder's Dockerfile; undefined when there is none. */
export async function fromDockerfile(folder: string): Promise<Draft | undefined> {
  const text = await readText(`${folder}/${name}`, name, 'manifest-syntax');
  return text === undefined ? undefined : dockerfileDraft(text);
}

/**
 * Carries over what the last stage says, with the stages that it builds on. Commands are not run: those that install
 * Python packages have their meaning in the lock, the others are lost, and said so.
 */
export function dockerfileDraft(text: string): Draft {
  const reader = new DockerfileReader();
  const { base, instructions } = lastStage(parseDockerfile(text), reader);
  if (base !== undefined) reader.settings.base = base;
  for (const instruction of instructions) reader.read(instruction);
  return { source: name, settings: reader.finish(), lost: reader.lost };
}

interface Stage {
  readonly base?: string;
  readonly instructions: readonly Instruction[];
}

function lastStage(instructions: readonly Instruction[], reader: DockerfileReader): Stage {
  const stages = new Map<string, Stage>();
  let current: { base?: string; instructions: Instruction[] } = { instructions: [] };
  let hasStage = false;
  for (const instruction of instructions) {
    if (instruction.word !== 'FROM') {
      if (hasStage) current.instructions.push(instruction);
      else if (instruction.word === 'ARG') reader.read(instruction);
      continue;
    }
    const [image = '', alias] = instruction.text.split(/\s+as\s+/i);
    const below = stages.get(image.toLowerCase());
    const base = below === undefined ? reader.fill(image.trim(), instruction) : below.base;
    current = { ...(base === undefined ? {} : { base }), instructions: [...(below?.instructions ?? [])] };
    stages.set((alias ?? `#${stages.size}`).trim().toLowerCase(), current);
    hasStage = true;
  }
  return current;
}

class DockerfileReader {
  readonly settings: Partial<Record<SettingKey, SettingValue>> = {};
  readonly lost: string[] = [];
  readonly #variables = new Map<string, string>();
  readonly #environment: Record<string, string> = {};
  readonly #labels: Record<string, string> = {};
  readonly #ports = new Set<string>();
  readonly #volumes = new Set<string>();
  readonly #files: { src: string; dest: string }[] = [];
  /** Users that a command adds, with their numbers. */
  readonly #users = new Map<string, number>();
  #workdir = '/';

  /** The text with its variables; undefined, and lost, where one has no value here. */
  fill(text: string, instruction: Instruction): string | undefined {
    let missing: string | undefined;
    const filled = text.replaceAll(/\\\$|\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g, (whole, bare, braced, fallback) => {
      if (whole === '\\$') return '$';
      const value = this.#variables.get(String(bare ?? braced)) ?? fallback;
      if (typeof value !== 'string') missing = String(bare ?? braced);
      return String(value);
    });
    if (missing === undefined) return filled;
    this.#lose(instruction, `nothing here gives ${missing} a value`);
    return undefined;
  }

  read(instruction: Instruction): void {
    const { word, text, list } = instruction;
    switch (word) {
      case 'ARG':
        for (const [key, value] of parsePairs(text)) this.#variables.set(key, value);
        return;
      case 'ENV':
        for (const [key, value] of parsePairs(text)) this.#setVariable(key, value, instruction);
        return;
      case 'LABEL':
        for (const [key, value] of parsePairs(text)) {
          const filled = this.fill(value, instruction);
          if (filled !== undefined) this.#labels[key] = filled;
        }
        return;
      case 'WORKDIR': {
        const folder = this.fill(text, instruction);
        if (folder !== undefined) this.#workdir = posix.resolve(this.#workdir, folder);
        return;
      }
      case 'EXPOSE':
        for (const port of (this.fill(text, instruction) ?? '').split(/\s+/).filter(Boolean)) this.#ports.add(port);
        return;
      case 'VOLUME':
        for (const volume of list ?? text.split(/\s+/)) this.#volumes.add(volume);
        return;
      case 'USER':
        this.#set('user', this.fill(text, instruction));
        return;
      case 'STOPSIGNAL':
        this.#set('stop-signal', this.fill(text, instruction));
        return;
      case 'CMD':
        this.settings.cmd = commandOf(instruction);
        return;
      case 'ENTRYPOINT':
        this.settings.entrypoint = commandOf(instruction);
        return;
      case 'HEALTHCHECK':
        this.settings.healthcheck = healthcheckOf(instruction);
        return;
      case 'COPY':
      case 'ADD':
        this.#copy(instruction);
        return;
      case 'RUN':
        this.#run(instruction);
        return;
      case 'MAINTAINER':
        this.#labels['maintainer'] = text;
        return;
      default:
        this.#lose(instruction, 'it has no counterpart');
    }
  }

  finish(): Partial<Record<SettingKey, SettingValue>> {
    const { user } = this.settings;
    const uid = typeof user === 'string' ? this.#users.get(user.split(':')[0] ?? '') : undefined;
    if (typeof user === 'string' && uid !== undefined) {
      this.settings.user = { name: user.split(':')[0] ?? '', uid, gid: uid };
    }
    if (this.#workdir !== '/') this.settings.workdir = this.#workdir;
    if (this.#ports.size > 0) this.settings.ports = [...this.#ports].map(portOf);
    if (this.#volumes.size > 0) this.settings.volumes = [...this.#volumes];
    if (this.#files.length > 0) this.settings.files = this.#files;
    if (Object.keys(this.#environment).length > 0) this.settings.environment = this.#environment;
    if (Object.keys(this.#labels).length > 0) this.settings.labels = this.#labels;
    return this.settings;
  }

  #set(key: SettingKey, value: string | undefined): void {
    if (value !== undefined) this.settings[key] = value;
  }

  /** What steers pip, uv or poetry while they install has no meaning; the venv puts itself into PATH. */
  #setVariable(key: string, value: string, instruction: Instruction): void {
    if (/^(?:PIP|UV|POETRY|PDM|PIPENV)_/.test(key) || key === 'VIRTUAL_ENV') return;
    if (key === 'PATH' && /venv|\.local\/bin/.test(value)) return;
    const filled = this.fill(value, instruction);
    if (filled === undefined) return;
    this.#variables.set(key, filled);
    this.#environment[key] = filled;
  }

  #copy(instruction: Instruction): void {
    const { flags, text, list } = instruction;
    const parts = list ?? text.split(/\s+/);
    const sources = parts.slice(0, -1);
    const dest = parts.at(-1) ?? '';
    if (flags.has('from')) {
      if (!/venv|site-packages|\/(?:uvx?|bin)\b/.test(text)) this.#lose(instruction, 'say it with `files` and `from`');
      return;
    }
    for (const source of sources) {
      if (/^https?:|^git@|<</.test(source)) this.#lose(instruction, 'fetch it before the build and pack it');
      else if (!isDependencyFile(source)) this.#place(source, dest, instruction);
    }
  }

  /** The context stands in workdir as a whole; what goes elsewhere is a rule of its own. */
  #place(source: string, dest: string, instruction: Instruction): void {
    const from = posix.normalize(source).replace(/^\/+|\/+$/g, '') || '.';
    const to = posix.resolve(this.#workdir, dest);
    const intoFolder = dest.endsWith('/') || to === this.#workdir;
    const stays = to === posix.resolve(this.#workdir, from) || (intoFolder && posix.dirname(from) === '.');
    const isHere = to === this.#workdir || to.startsWith(`${this.#workdir}/`);
    if (stays && isHere) return;
    if (isHere || from === '.')
      this.#lose(instruction, 'files keep their place below the context; say it with `files`');
    else this.#files.push({ src: from, dest: dest.endsWith('/') ? `${to}/` : to });
  }

  #run(instruction: Instruction): void {
    const commands = instruction.text.split(/&&|;|\n/).map((command) => command.trim());
    const rest = commands.filter((command) => command !== '' && !this.#isUnderstood(command));
    if (rest.length === 0) return;
    const needsSystem = rest.some((command) => /\b(?:apt|apt-get|apk|dnf|yum|microdnf)\b/.test(command));
    this.#lose(
      instruction,
      needsSystem ? 'take a base that has these packages' : 'commands are not run; take a base that has what it makes',
    );
  }

  #isUnderstood(command: string): boolean {
    const user = /^(?:useradd|adduser)\b(?:.*?\s(?:-u|--uid)[\s=]+(\d+))?.*?\s([a-z_][\w-]*)$/.exec(command);
    if (user !== null) this.#users.set(user[2] ?? '', Number(user[1] ?? 1000));
    return (
      user !== null ||
      /^(?:groupadd|addgroup)\b/.test(command) ||
      /^(?:python[\d.]* -m )?(?:pip[\d.]*|uv|poetry|pdm|pipenv)\s/.test(command) ||
      /^python[\d.]* -m venv\b/.test(command)
    );
  }

  #lose({ word, text, line }: Instruction, instead: string): void {
    const short = text.length > 50 ? `${text.slice(0, 50)}…` : text;
    this.lost.push(`${name}:${line}: ${word} ${short.replaceAll(/\s+/g, ' ')}: ${instead}`);
  }
}

/** Exec form as it is; a line for a shell too, where it needs none. */
function commandOf({ list, text }: Instruction): readonly string[] {
  return list ?? simpleWords(text) ?? ['/bin/sh', '-c', text];
}

function healthcheckOf({ flags, text }: Instruction): SettingValue {
  if (/^none$/i.test(text)) return { disable: true };
  const command = text.replace(/^CMD\s+/i, '');
  const words = parseList(command);
  const test = words !== undefined ? ['CMD', ...words] : ['CMD-SHELL', command];
  const retries = flags.get('retries');
  const times = ['interval', 'timeout', 'start-period', 'start-interval'].flatMap((key) => {
    const value = flags.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return { test, ...Object.fromEntries(times), ...(retries === undefined ? {} : { retries: Number(retries) }) };
}

function portOf(text: string): SettingValue {
  const port = text.replace(/\/tcp$/, '');
  return /^[0-9]+$/.test(port) ? Number(port) : port;
}

/** Locks and metadata: copied in a Dockerfile for its installer, which is not run here. */
function isDependencyFile(path: string): boolean {
  return /(?:^|\/)(?:requirements[^/]*\.(?:txt|in)|(?:uv|poetry|pdm)\.lock|Pipfile(?:\.lock)?|pyproject\.toml|setup\.(?:py|cfg)|README[^/]*|\.python-version)\*?$/.test(
    path,
  );
}
