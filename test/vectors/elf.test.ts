import { readElf } from '../../src/elf.ts';
import { compareAll, loadVectors, vectorTest } from './vectors.ts';

interface Case {
  readonly base64: string;
  readonly error?: string;
  readonly class: number;
  readonly encoding: number;
  readonly machine: number;
  readonly flags: number;
  readonly interpreter: string | null;
}

vectorTest('ELF files are read as packaging does', (t) => {
  const { cases } = loadVectors('elf') as { readonly cases: readonly Case[] };
  compareAll(
    t,
    'ELF files read',
    cases,
    ({ base64 }) => {
      const elf = readElf(Buffer.from(base64, 'base64'));
      return elf ? [elf.bits / 32, elf.littleEndian ? 1 : 2, elf.machine, elf.flags, elf.interpreter ?? null] : 'error';
    },
    ({ error, class: size, encoding, machine, flags, interpreter }) =>
      error === undefined ? [size, encoding, machine, flags, interpreter] : 'error',
  );
});
