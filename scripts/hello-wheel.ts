import fs from 'node:fs';
import path from 'node:path';
import { makeWheel, type MadeWheel } from '../test/support/wheel.ts';

/** Where the wheel of examples/hello stands. */
export const helloWheels: string = path.join(import.meta.dirname, '../examples/hello/wheels');

const source = `"""Greets people."""

import sys


def greet(name: str) -> str:
    return f"Hello, {name}!"


def main() -> None:
    print(greet(" ".join(sys.argv[1:]) or "world"))
`;

/** The one package of examples/hello: a module and a command. The same bytes at each call. */
export function helloWheel(): MadeWheel {
  return makeWheel({
    name: 'greeting',
    version: '1.0.0',
    files: { 'greeting/__init__.py': source, 'greeting/py.typed': '' },
    entryPoints: '[console_scripts]\ngreet = greeting:main\n',
    metadata: ['Summary: Greets people', 'Requires-Python: >=3.9'],
  });
}

if (import.meta.main) {
  const { filename, bytes } = helloWheel();
  fs.mkdirSync(helloWheels, { recursive: true });
  fs.writeFileSync(path.join(helloWheels, filename), bytes);
  console.log(`${path.relative('', helloWheels)}/${filename}`);
}
