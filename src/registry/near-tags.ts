import { editDistance } from '../config/nearest.ts';
import { scopeOf, type RegistryApi } from './api.ts';
import type { Repository } from './rules.ts';

const maxNamed = 3;

/** The tags of a repository that are spelled most like the wanted one; empty when they cannot be listed. */
export async function nearTags(api: RegistryApi, place: Repository, wanted: string): Promise<readonly string[]> {
  try {
    const response = await api.send(place, {
      at: '/tags/list?n=1000',
      scopes: [scopeOf(place.repository)],
      retry: false,
    });
    return nearest(response.status === 200 ? tagsIn(JSON.parse(await response.text())) : [], wanted);
  } catch {
    return [];
  }
}

/** A tag that begins as the wanted one does is nearer than any other. */
function nearest(tags: readonly string[], wanted: string): readonly string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 2));
  const ranked = tags.flatMap((tag) => {
    const begins = tag.startsWith(wanted) || wanted.startsWith(tag);
    const distance = editDistance(wanted, tag);
    return begins || distance <= limit ? [{ tag, rank: begins ? 0 : distance }] : [];
  });
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, maxNamed)
    .map(({ tag }) => tag);
}

function tagsIn(answer: unknown): readonly string[] {
  const tags: unknown = typeof answer === 'object' && answer !== null && 'tags' in answer ? answer.tags : [];
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}
