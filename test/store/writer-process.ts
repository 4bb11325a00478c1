/** Writes blobs and results into the store of its first argument until it is killed, or as many as its second says. */
import { digestOf } from '../../src/oci/digest.ts';
import { Store } from '../../src/store/store.ts';

const [directory = '', rounds] = process.argv.slice(2);
const last = rounds === undefined ? Infinity : Number(rounds);
const store = await Store.open(directory);
process.stdout.write('ready\n');
for (let round = 0; round < last; round++) {
  const bytes = Buffer.alloc(700_000 + (round % 5) * 100_000, `blob ${round % 5} `);
  const writer = await store.createBlob();
  for (let at = 0; at < bytes.length; at += 65_536) writer.write(bytes.subarray(at, at + 65_536));
  const { digest } = await writer.commit({ digest: digestOf(bytes) });
  await store.putResult('blob', String(round % 5), { digest }, [digest]);
}
