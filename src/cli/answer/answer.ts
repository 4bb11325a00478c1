import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { locateStore } from '../../store/locate.ts';
import { decodeResult, encodeResult } from '../../store/result.ts';
import { useGrainMs } from '../../store/use.ts';
import { writeWhole } from '../../store/writer.ts';
import type { ConsoleOptions } from '../options.ts';
import { type Aspect, markOf } from './mark.ts';
import type { Said } from './said.ts';
import { everything, type Trace } from './trace.ts';
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
  /** Looks and their marks, as in {@link Trace}. */
  readonly looks: readonly (readonly [look: string, mark: string])[];
  /** When it was found, in milliseconds since 1970. */
  readonly foundMs: number;
  readonly options: ConsoleOptions;
  readonly said: readonly Said[];
}

const kind = 'answer';
/** How coarse a file system's clock may be. */
const clockGrainNs = 2_000_000_000n;

/**
 * The answer to the same command line in the same folder, if everything that it came from is as it was then. It lasts
 * for an hour: then the store is to note again what is in use.
 */
export function findAnswer(request: Request, nowMs: number = Date.now()): Answer | undefined {
  const answer = readAnswer(request);
  if (answer === undefined || !(nowMs >= answer.foundMs && nowMs - answer.foundMs < useGrainMs)) return undefined;
  if (answer.asked !== askedBy(request, answer.variables)) return undefined;
  return answer.looks.every(([look, mark]) => markNow(look) === mark) ? answer : undefined;
}

/** Keeps an answer for the next time, if it can be understood from the trace. Where it cannot be written, nothing is lost. */
export function keepAnswer(
  request: Request,
  trace: Pick<Trace, 'isSound' | 'looks' | 'variables'>,
  { options, said }: Pick<Answer, 'options' | 'said'>,
  nowMs: number = Date.now(),
): void {
  if (!trace.isSound(clockGrainNs)) return;
  const variables = [...trace.variables].toSorted();
  const asked = askedBy(request, variables);
  const answer: Answer = { asked, variables, looks: [...trace.looks], foundMs: nowMs, options, said };
  const text = encodeResult({ kind, key: keyOf(request), blobs: [], value: answer });
  const store = locateStore(request.env, process.platform);
  try {
    writeWhole(store, placeOf(store, request), text);
  } catch {
    // A full disk, or a store that one may only read: then it is looked for again the next time.
  }
}

function readAnswer(request: Request): Answer | undefined {
  try {
    const text = fs.readFileSync(placeOf(locateStore(request.env, process.platform), request), 'utf8');
    const result = decodeResult(text);
    return result?.kind === kind && result.key === keyOf(request) ? (result.value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function placeOf(store: string, request: Request): string {
  return join(store, 'results', kind, `${sha256(keyOf(request))}.json`);
}

/** The program's version stands in it, so that one that is newer reads nothing that it does not understand. */
function keyOf({ argv, cwd }: Request): string {
  return JSON.stringify([version, cwd, argv]);
}

/** sha256 (hex) of what a run was made with: secrets that stand in variables stay there. */
function askedBy({ env, program }: Request, variables: readonly string[]): string {
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
