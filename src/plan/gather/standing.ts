import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { textsRead } from '../../python/text.ts';
import { markOf, settledMark } from './marks.ts';
import { Shared } from './shared.ts';

/** Of these, nothing of the app decides what comes of them, but for files that are read as texts. */
const kinds: ReadonlySet<string> = new Set(['project', 'chosen', 'lock file', 'packages', 'base']);

/**
 * What plans found out beside the app's own files, taken over while every file that was read for it, or looked for, is
 * as it was. What was read elsewhere than from files counts until something is looked at everywhere.
 */
export class Standing {
  #shared = new Shared();
  /** Of files and folders as they were before the works in {@link #shared} began; undefined while that is not known. */
  #view: string | undefined;
  #isKnown = false;

  /**
   * The works that a plan begins with.
   * @param inputs files beside those that are read as texts
   * @param isTrusted whether the plan may rely on what was found before
   */
  begin(inputs: Iterable<string>, isTrusted: boolean): Shared {
    const view = viewOf(inputs);
    const stands = isTrusted && this.#isKnown && view !== undefined && view === this.#view;
    this.#shared = stands ? this.#shared.only(kinds) : new Shared();
    this.#view = view;
    this.#isKnown = false;
    return this.#shared;
  }

  /** All works came to a good end. */
  end(inputs: Iterable<string>): void {
    this.#isKnown = this.#view !== undefined && this.#view === viewOf(inputs);
  }
}

/** Equal as long as nothing has touched these files and their folders hold the same names; undefined for what only just changed. */
function viewOf(inputs: Iterable<string>): string | undefined {
  const files = [...new Set([...textsRead(), ...inputs])].toSorted();
  const marks = files.map((file) => (markOf(file) === '' ? 'absent' : settledMark(file)));
  if (marks.includes(undefined)) return undefined;
  const folders = [...new Set(files.map((file) => dirname(file)))];
  return JSON.stringify([files, marks, folders.map(namesIn)]);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
