import fs from 'node:fs';
import path from 'node:path';
import { Contents } from './content.ts';

/** Writes an application: source files of some kilobytes in folders, now and then a picture or a table. */
export function writeApp(root: string, files: number): void {
  const contents = new Contents(files);
  for (let index = 0; index < files; index++) {
    const folder = path.join(root, `area${index % 17}`, ...(index % 3 === 0 ? [`part${index % 11}`] : []));
    fs.mkdirSync(folder, { recursive: true });
    const size = 300 + Math.round(15_000 * (contents.below(1000) / 1000) ** 2);
    const [name, bytes] =
      index % 50 === 49
        ? [`picture${index}.png`, contents.noise(4 * size)]
        : [`module${index}.py`, contents.text(size)];
    fs.writeFileSync(path.join(folder, name), bytes);
  }
  fs.writeFileSync(path.join(root, 'main.py'), 'print("started")\n');
}

let edits = 0;

/** Changes one file of an application; never twice to the same bytes. */
export function editApp(root: string): void {
  edits++;
  fs.writeFileSync(path.join(root, 'area5', 'module5.py'), `edited = ${edits}\n${'x = 1\n'.repeat(600)}`);
}
