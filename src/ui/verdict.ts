import type { Difference } from '../image/verify.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Verdict } from '../plan/images.ts';
import { visible } from './visible.ts';

/** Whether an image is what a target comes to, else where it first is not, in one line. */
export function formatVerdict(image: string, target: string, { digest, platform, difference }: Verdict): string {
  if (difference === undefined) return visible(`${image} is exactly what ${target} comes to: ${digest}`);
  const where = platform === undefined ? '' : ` for ${formatPlatform(platform)}`;
  return visible(`${image}${where} is not what ${target} comes to: ${formatDifference(difference)}`);
}

function formatDifference(difference: Difference): string {
  switch (difference.kind) {
    case 'platforms':
      return `it is for ${difference.has.join(', ')}, not ${difference.planned.join(', ')}`;
    case 'layers': {
      const { has, planned, title } = difference;
      return has < planned
        ? `it has ${has} of ${planned} layers, and lacks ${title}`
        : `it has ${has} layers, not ${planned}: ${title} is one too many`;
    }
    case 'layer': {
      const { position, of, title, file, what } = difference;
      return `layer ${position} of ${of} (${title}): ${file === undefined ? what : `${file} ${what}`}`;
    }
    case 'config': {
      const { key, from, to } = difference;
      if (from === undefined) return `its config has no ${key}, which is to be ${to ?? ''}`;
      return to === undefined
        ? `its config has ${key} = ${from}, which is not to be there`
        : `its config has ${key} = ${from}, not ${to}`;
    }
    case 'document':
      return `its ${difference.what} is written otherwise, though it says the same`;
  }
}
