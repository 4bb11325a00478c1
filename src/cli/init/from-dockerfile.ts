import { posix } from 'node:path';
import { readText } from '../../python/text.ts';
import { CopiedFiles } from './dockerfile-copies.ts';
import { commandOf, healthcheckOf, portOf, portsOf } from './dockerfile-values.ts';
import { type Instruction, parseDockerfile, parsePairs } from './dockerfile.ts';
import type { Draft, SettingKey, SettingValue } from './draft.ts';

/** As Docker and as Podman call it. */
const names = ['Dockerfile', 'Containerfile'];

/** Reads a folder's Dockerfile; undefined when there is none. */
export async function fromDockerfile(folder: string): Promise<Draft | undefined> {
  for (const name of names) {
    const text = await readText(`${folder}/${name}`, name, 'manifest-syntax');
    if (text !== undefined) return dockerfileDraft(text, name);
  }
  return undefined;
}

/**
 * Carries over what the last stage says, with the stages that it builds on. Commands are not run: those that install
 * Python packages have their meaning in the lock, the others are lost, and said so.
 */
export function dockerfileDraft(text: string, name: string = 'Dockerfile'): Draft {
  const reader = new DockerfileReader(name);
  const { base, instructions } = lastStage(parseDockerfile(text), reader);
  if (base !== undefined) reader.settings.base = base;
  for (const instruction of instructions) reader.read(instruction);
  const settings = reader.finish();
  return { source: name, settings, lost: reader.lost };
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
    reader.stages.add(String(reader.stages.size));
    if (alias !== undefined) reader.stages.add(alias.trim().toLowerCase());
    stages.set((alias ?? `#${stages.size}`).trim().toLowerCase(), current);
    hasStage = true;
  }
  return current;
}

class DockerfileReader {
  readonly settings: Partial<Record<SettingKey, SettingValue>> = {};
  readonly lost: string[] = [];
  /** What `--from` may name besides images: stages, by name and by number. */
  readonly stages = new Set<string>();
  readonly #name: string;
  readonly #variables = new Map<string, string>();
  readonly #environment: Record<string, string> = {};
  readonly #labels: Record<string, string> = {};
  readonly #ports = new Set<string>();
  readonly #volumes = new Set<string>();
  /** Users that a command adds, with their numbers. */
  readonly #users = new Map<string, number>();
  readonly #copies = new CopiedFiles({
    fill: (text, instruction) => this.fill(text, instruction),
    lose: (instruction, instead) => this.#lose(instruction, instead),
    stages: this.stages,
  });

  constructor(name: string) {
    this.#name = name;
  }

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
        if (folder !== undefined) this.#copies.workdir = posix.resolve(this.#copies.workdir, folder);
        return;
      }
      case 'EXPOSE':
        this.#expose(instruction);
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
        this.#copies.copy(instruction);
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
    const files = this.#copies.finish();
    if (this.#copies.workdir !== '/') this.settings.workdir = this.#copies.workdir;
    if (this.#ports.size > 0) this.settings.ports = [...this.#ports].map(portOf);
    if (this.#volumes.size > 0) this.settings.volumes = [...this.#volumes];
    if (files.length > 0) this.settings.files = files;
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

  #expose(instruction: Instruction): void {
    for (const port of (this.fill(instruction.text, instruction) ?? '').split(/\s+/).filter(Boolean)) {
      const all = portsOf(port);
      if (all === undefined) this.#lose(instruction, 'name the ports one by one');
      else for (const one of all) this.#ports.add(one);
    }
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

  #lose({ word, flags, text, line }: Instruction, instead: string): void {
    const whole = [...Array.from(flags, ([flag, value]) => `--${flag}=${value}`), text].join(' ');
    const short = whole.length > 50 ? `${whole.slice(0, 50)}…` : whole;
    this.lost.push(`${this.#name}:${line}: ${word} ${short.replaceAll(/\s+/g, ' ')}: ${instead}`);
  }
}
