import fs from 'node:fs';
import path from 'node:path';
import type { Contents } from '../inputs/content.ts';
import { source } from './watch.ts';

const acts = ['edit', 'edit', 'edit', 'create', 'delete', 'rename', 'burst', 'nothing'] as const;

export type Act = (typeof acts)[number];

const burstFiles = 20;

/** A folder of sources that is changed at random, each time to something that it never was before. */
export class SoakedTree {
  readonly #folder: string;
  readonly #random: Contents;
  readonly #files: readonly string[];
  /** Files that were made here. */
  readonly #own: string[] = [];
  #changes = 0;

  constructor(folder: string, random: Contents) {
    this.#folder = folder;
    this.#random = random;
    const all = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    this.#files = all.filter((name) => name.endsWith('.py')).map((name) => path.join(folder, name));
  }

  /** What there are files for. */
  choose(): Act {
    const act = this.#of(acts);
    return this.#own.length === 0 && (act === 'delete' || act === 'rename') ? 'create' : act;
  }

  change(act: Act): void {
    const file = this.#of(this.#files);
    if (act === 'edit') this.#write(file);
    if (act === 'burst') for (let count = 0; count < burstFiles; count += 1) this.#write(this.#of(this.#files));
    if (act === 'create') this.#create();
    if (act === 'delete') fs.rmSync(this.#taken());
    if (act === 'rename') this.#rename(this.#taken());
    if (act === 'nothing') this.#nothing(file);
  }

  #create(): void {
    this.#own.push(this.#next());
    this.#write(this.#own.at(-1) ?? '');
  }

  #rename(file: string): void {
    this.#own.push(this.#next());
    fs.renameSync(file, this.#own.at(-1) ?? '');
  }

  /** As editors and tools do that write what stands there already, and leave nothing behind. */
  #nothing(file: string): void {
    fs.writeFileSync(file, fs.readFileSync(file));
    fs.writeFileSync(`${file}c`, 'x');
    fs.rmSync(`${file}c`);
  }

  #write(file: string): void {
    this.#changes += 1;
    fs.writeFileSync(file, source(this.#changes));
  }

  #next(): string {
    this.#changes += 1;
    return path.join(this.#folder, `made_${this.#changes}.py`);
  }

  /** One that was made here, which is to go. */
  #taken(): string {
    const [file] = this.#own.splice(this.#random.below(this.#own.length), 1);
    if (file === undefined) throw new Error('nothing was made yet');
    return file;
  }

  #of<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[this.#random.below(values.length)];
    if (value === undefined) throw new Error('there is nothing to choose from');
    return value;
  }
}
