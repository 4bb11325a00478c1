import { PycontainerError } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseDurationMs } from '../../config/duration.ts';
import { parseSizeBytes } from '../../config/size.ts';
import { locateStore } from '../../store/locate.ts';
import { listStore, pruneStore } from '../../store/prune.ts';
import { Store } from '../../store/store.ts';
import type { BuildRecord } from '../../plan/record.ts';
import { counted, formatBytes } from '../../ui/units.ts';
import type { Console } from '../console.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Lists the blobs of the store, the largest first: size, last use, and the targets whose last build stands on them. */
export async function listCommand(console: Console): Promise<number> {
  const store = await openStore();
  const { results, blobs } = await listStore(store);
  const users = await usersOf(
    store,
    results.flatMap(({ kind, key }) => (kind === 'record' ? [key] : [])),
  );
  const used = new Map<Digest, number>();
  const kinds = new Map<Digest, string>();
  for (const { kind, blobs: own, lastUsedMs } of results) {
    for (const digest of own) {
      used.set(digest, Math.max(used.get(digest) ?? 0, lastUsedMs));
      kinds.set(digest, kind);
    }
  }
  for (const { digest, sizeBytes, writtenMs } of blobs.toSorted((a, b) => b.sizeBytes - a.sizeBytes)) {
    const day = new Date(used.get(digest) ?? writtenMs).toISOString().slice(0, 10);
    const row = [
      digest.slice(0, 19),
      formatBytes(sizeBytes).padStart(9),
      day,
      (kinds.get(digest) ?? 'fetched').padEnd(8),
    ];
    console.result([...row, [...(users.get(digest) ?? [])].join(', ')].join('  ').trimEnd());
  }
  const total = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  console.result(`${counted(blobs.length, 'blob')}, ${formatBytes(total)} in ${store.directory}`);
  return 0;
}

export interface PruneCommandOptions {
  readonly unusedFor?: string;
  readonly maxSize?: string;
}

/** Removes what was not used for long, or more than a size, and blobs that nothing points to. */
export async function pruneCommand({ unusedFor, maxSize }: PruneCommandOptions, console: Console): Promise<number> {
  const unusedForMs = unusedFor === undefined ? undefined : parseAgeMs(unusedFor);
  const maxBytes = maxSize === undefined ? undefined : parseLimitBytes(maxSize);
  const { blobs, results, freedBytes, leftBytes } = await pruneStore(await openStore(), {
    ...(unusedForMs === undefined ? {} : { unusedForMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  const removed = `${counted(blobs, 'blob')} and ${counted(results, 'result')} removed`;
  const why = leftBytes > (maxBytes ?? Infinity) ? ': what was used within three hours stays' : '';
  console.result(`${removed}, ${formatBytes(freedBytes)} free again, ${formatBytes(leftBytes)} left${why}`);
  return 0;
}

function openStore(): Promise<Store> {
  return Store.open(locateStore(process.env, process.platform));
}

/** Target names by the layers that their last builds were made of. */
async function usersOf(store: Store, recordKeys: readonly string[]): Promise<ReadonlyMap<Digest, ReadonlySet<string>>> {
  const users = new Map<Digest, Set<string>>();
  for (const key of recordKeys) {
    const record = await store.getResult<BuildRecord>('record', key);
    const [, target = ''] = JSON.parse(key) as readonly string[];
    for (const digest of Object.values(record?.layers ?? {}))
      users.set(digest, (users.get(digest) ?? new Set()).add(target));
  }
  return users;
}

function parseAgeMs(text: string): number {
  const days = /^([0-9]+)d$/.exec(text)?.[1];
  const ms = days === undefined ? parseDurationMs(text) : Number(days) * dayMs;
  if (ms !== undefined) return ms;
  throw new PycontainerError('usage', `'${text}' is not a length of time`, { hint: 'Write it as 30d, 12h or 90m.' });
}

function parseLimitBytes(text: string): number {
  const bytes = parseSizeBytes(text);
  if (bytes !== undefined) return bytes;
  throw new PycontainerError('usage', `'${text}' is not a size`, { hint: 'Write it as 10GB or 500MiB.' });
}
