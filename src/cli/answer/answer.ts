import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { locateStore } from '../../store/locate.ts';
import { decodeResult, encodeResult } from '../../store/result.ts';
import { useGrainMs } from '../../store/use.ts';
import { writeWhole } from '../../store/writer.ts';
import type { ConsoleOptions } from '../options.ts';
import { askAgain, isExchange } from './exchange.ts';
import { type Aspect, everything, type Looks, markOf } from './mark.ts';
import type { Said } from './said.ts';
import { version } from '../version.ts';

/** A command line, and what it is run with. */
export interface Request {
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the program's first file. */
  readonly program: string;
}

/** What was told where there was nothing to do, and all that this came from. */
export interface Answer {
  /** Of program, Node and user, and of the variables. */
  readonly asked: string;
  /** Names; `*` for all. */
  readonly variables: readonly string[];
  readonly looks: Looks;
  /** When it was found, in milliseconds since 1970. */
  readonly foundMs: number;
  readonly options: ConsoleOptions;
  readonly said: readonly Said[];
}

/**
 * What is known of a request that has no answer: that there was nothing to do when it was made last, and, where that could
 * not be understood from what was looked at, when that was found, in milliseconds since 1970.
 */
export interface Idle {
  readonly unclearMs?: number;
}

const kind = 'answer';

/**
 * `changed` is an answer from which something that it came from differs. One that was found with another program, or
 * another environment, or more than an hour ago is `old`: by then the store is to note again what is in use.
 */
export async function judgeAnswer(
  answer: Answer,
  request: Request,
  nowMs: number,
): Promise<'good' | 'old' | 'changed'> {
  const { asked, variables, looks, foundMs } = answer;
  if (asked !== askedBy(request, variables) || !isRecent(foundMs, nowMs)) return 'old';
  for (let at = 0; at < looks.length; at += 2) {
    const look = looks[at] ?? '';
    const mark = isExchange(look) ? await askAgain(look) : markNow(look);
    if (mark !== looks[at + 1]) return 'changed';
  }
  return 'good';
}

/** Within the last hour. */
export function isRecent(thenMs: number, nowMs: number): boolean {
  return nowMs >= thenMs && nowMs - thenMs < useGrainMs;
}

/** Where a request's answer stands in the store, or that it has none. */
export class AnswerFile {
  readonly #key: string;
  readonly #store: string;
  readonly #path: string;

  constructor(request: Request) {
    this.#store = locateStore(request.env, process.platform);
    this.#key = keyOf(request);
    this.#path = join(this.#store, 'results', kind, `${sha256(this.#key)}.json`);
  }

  read(): Answer | Idle | undefined {
    try {
      const result = decodeResult(fs.readFileSync(this.#path, 'utf8'));
      return result?.key === this.#key ? (result.value as Answer | Idle) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Where it cannot be written, on a full disk or in a store that one may only read, it is looked for again the next time. */
  write(noted: Answer | Idle): void {
    try {
      writeWhole(this.#store, this.#path, encodeResult({ kind, key: this.#key, blobs: [], value: noted }));
    } catch {
      // As if nobody had asked.
    }
  }

  drop(): void {
    try {
      fs.rmSync(this.#path, { force: true });
    } catch {
      // It says what it said, and is judged again.
    }
  }
}

/**
 * The program's version is a part of it, so that one that is newer reads nothing that it does not understand. Hashed, since
 * a command line may hold secrets.
 */
function keyOf({ argv, cwd }: Request): string {
  return sha256(JSON.stringify([version, cwd, argv]));
}

/** sha256 (hex) of what a run is made with, of which variables are a part: what is secret in them stays there. */
export function askedBy({ env, program }: Request, variables: readonly string[]): string {
  const names = variables.includes(everything) ? Object.keys(env).toSorted() : variables;
  const values = names.map((name) => [name, env[name]]);
  const { version: node, arch, platform, getuid, getgid } = process;
  return sha256(
    JSON.stringify([markOf('content', program).text, node, arch, platform, getuid?.(), getgid?.(), values]),
  );
}

function markNow(look: string): string {
  const space = look.indexOf(' ');
  return markOf(look.slice(0, space) as Aspect, look.slice(space + 1)).text;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
