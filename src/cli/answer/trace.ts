import childProcess from 'node:child_process';
import type { Channel } from 'node:diagnostics_channel';
import fs, { type BigIntStats } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { type EngineExchange, engineExchanges, engineRequests } from '../../engine/exchange.ts';
import { lookOfExchange, markOfExchange } from './exchange.ts';
import {
  aspects,
  around,
  type Call,
  isCall,
  isLocal,
  isLook,
  isStats,
  pathOf,
  wantsAll,
  worksOnOpenFile,
} from './calls.ts';
import { type Aspect, everything, type Looks, type Mark, markOf, markOfStats } from './mark.ts';

interface Note {
  readonly aspect: Aspect;
  readonly path: string;
  readonly seen: Mark | BigIntStats;
}

/**
 * Notes all that a run learns from outside: files, folders and links, missing ones too, and variables of the environment.
 * It stands between the program and Node's own modules, so nobody has to tell what he reads, and nobody can forget it. Of
 * engines it is told what they were asked. A run that changes a file or anything in an engine, starts a program or speaks
 * over the network cannot be understood from such notes.
 */
export class Trace implements Disposable {
  readonly #startedNs = BigInt(Date.now()) * 1_000_000n;
  readonly #notes: Note[] = [];
  readonly #variables = new Set<string>();
  readonly #exchanges: EngineExchange[] = [];
  readonly #undo: (() => void)[] = [];
  #requests = 0;
  #isUnderstood = true;
  #hasLearned = false;

  /** Both end with a slash. */
  readonly #store: string;
  readonly #except: string;

  /**
   * Begins at once, and ends when it is disposed of.
   * @param store absolute; what is unfinished there teaches nothing
   */
  constructor(store: string) {
    this.#store = `${store}/`;
    this.#except = `${store}/tmp/`;
    for (const owner of [fs, fs.promises]) {
      for (const name of Object.keys(owner)) this.#replace(owner, name, (call) => this.#followed(call, name));
    }
    this.#replace(fs.realpathSync, 'native', (call) => this.#followed(call, 'realpath'));
    this.#replace(net.Socket.prototype, 'connect', (call) => this.#refused(call, (args) => !isLocal(args)));
    for (const [owner, name] of [
      [childProcess.ChildProcess.prototype, 'spawn'],
      [childProcess, 'spawnSync'],
    ] as const) {
      this.#replace(owner, name, (call) => this.#refused(call));
    }
    const { env } = process;
    process.env = this.#followedVariables(env);
    this.#undo.push(() => (process.env = env));
    this.#follow(engineRequests, () => (this.#requests += 1));
    this.#follow(engineExchanges, (told) => this.#exchanges.push(told as EngineExchange));
    syncBuiltinESMExports();
  }

  /**
   * What was looked at, once; what changed last comes first. undefined where who finds the same again need not come to the
   * same end: what changed later than `grainNs` before the run began may change again unseen.
   */
  looks(grainNs: bigint): Looks | undefined {
    const marks = new Map<string, Mark>();
    for (const [look, mark] of this.#seen()) {
      const isOther = (marks.get(look) ?? mark).text !== mark.text;
      if (isOther || mark.changedNs + grainNs >= this.#startedNs) return undefined;
      marks.set(look, mark);
    }
    const latestFirst = [...marks].toSorted(([, a], [, b]) => Number(b.changedNs - a.changedNs));
    return this.isUnderstood && !this.#hasLearned ? latestFirst.flatMap(([look, { text }]) => [look, text]) : undefined;
  }

  *#seen(): Generator<readonly [look: string, mark: Mark]> {
    for (const { aspect, path, seen } of this.#notes) {
      yield [`${aspect} ${path}`, 'text' in seen ? seen : markOfStats(aspect, seen)];
    }
    for (const exchange of this.#exchanges) yield [lookOfExchange(exchange), markOfExchange(exchange)];
  }

  /** Whether all that was learned from outside was noted, and nothing was done there. */
  get isUnderstood(): boolean {
    return this.#isUnderstood && this.#exchanges.length === this.#requests;
  }

  /** Names; `*` for all that there are. */
  get variables(): ReadonlySet<string> {
    return this.#variables;
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.splice(0)) undo();
    syncBuiltinESMExports();
  }

  #follow(channel: Channel, hear: (told: unknown) => void): void {
    channel.subscribe(hear);
    this.#undo.push(() => channel.unsubscribe(hear));
  }

  #replace(owner: object, name: string, follow: (call: Call) => Call | undefined): void {
    const call: unknown = Reflect.get(owner, name);
    if (!isCall(call)) return;
    const followed = follow(call);
    if (followed === undefined) return;
    Reflect.set(owner, name, Object.defineProperties(followed, Object.getOwnPropertyDescriptors(call)));
    this.#undo.push(() => Reflect.set(owner, name, call));
  }

  /**
   * undefined for what needs no following: classes, and what works on a file that is open. A mark is taken before the look,
   * so that what changes between the two, or later, has another one the next time.
   */
  #followed(call: Call, name: string): Call | undefined {
    if (!/^[a-z]/.test(name) || worksOnOpenFile.test(name)) return undefined;
    const plain = name.replace(/Sync$/, '');
    const aspect = aspects.get(plain);
    if (aspect === undefined) return this.#changing(call);
    const givesStats = ['lstatSync', 'statSync'].includes(name);
    return around(call, (again, args) => {
      const path = pathOf(args[0]);
      if (path === undefined || !this.#concerns(path)) return again();
      if (!isLook(plain, path, args[1])) this.#isUnderstood = false;
      if (!givesStats || !wantsAll(args[1])) {
        this.#notes.push({ aspect, path, seen: markOf(aspect, path) });
        return again();
      }
      let found: unknown;
      try {
        found = again();
        return found;
      } finally {
        this.#notes.push({ aspect, path, seen: isStats(found) ? found : markOf(aspect, path) });
      }
    });
  }

  #concerns(path: string): boolean {
    return this.#isUnderstood && !path.startsWith(this.#except) && `${path}/` !== this.#except;
  }

  /** What is written down in the store need not be written the next time. */
  #changing(call: Call): Call {
    return around(call, (again, args) => {
      const path = pathOf(args[0]);
      if (path?.startsWith(this.#store) === true) this.#hasLearned = true;
      else if (path !== undefined) this.#isUnderstood = false;
      return again();
    });
  }

  #refused(call: Call, isMeant: (args: readonly unknown[]) => boolean = () => true): Call {
    return around(call, (again, args) => {
      if (isMeant(args)) this.#isUnderstood = false;
      return again();
    });
  }

  #followedVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const note = (name: string | symbol): void => void (typeof name === 'string' && this.#variables.add(name));
    return new Proxy(env, {
      get: (_, name) => (note(name), Reflect.get(env, name)),
      has: (_, name) => (note(name), Reflect.has(env, name)),
      getOwnPropertyDescriptor: (_, name) => (note(name), Reflect.getOwnPropertyDescriptor(env, name)),
      ownKeys: () => (note(everything), Reflect.ownKeys(env)),
      set: (_, name, value) => Reflect.set(env, name, value),
    });
  }
}
