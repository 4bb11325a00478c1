import fs from 'node:fs';

/** Rewrites files in place with one letter after the other until it is killed; each write is whole, and then it rests a little. */
const [, , sizeText = '0', ...files] = process.argv;
const size = Number(sizeText);
const resting = new Int32Array(new SharedArrayBuffer(4));
const descriptors = files.map((file) => fs.openSync(file, 'r+'));
for (let round = 0; ; round += 1) {
  const bytes = Buffer.alloc(size, 65 + (round % 26));
  for (const descriptor of descriptors) fs.writeSync(descriptor, bytes, 0, size, 0);
  Atomics.wait(resting, 0, 0, round % 50);
}
