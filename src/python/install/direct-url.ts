/** Where a package came from when it was not an index (PEP 610). */
export type DirectUrl =
  | { readonly kind: 'archive'; readonly url: string; readonly sha256?: string; readonly subdirectory?: string }
  | { readonly kind: 'directory'; readonly url: string; readonly editable: boolean; readonly subdirectory?: string }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string; readonly subdirectory?: string };

/**
 * The text of direct_url.json, keys sorted as pip writes them. Credentials are taken out of the URL, but for the user
 * of an SSH URL and for `${VARIABLES}`, as the specification has it.
 */
export function formatDirectUrl(origin: DirectUrl): string {
  const subdirectory = origin.subdirectory === undefined ? {} : { subdirectory: origin.subdirectory };
  return spaced({ ...info(origin), ...subdirectory, url: withoutCredentials(origin.url) });
}

function info(origin: DirectUrl): Record<string, Json> {
  switch (origin.kind) {
    case 'archive': {
      const { sha256 } = origin;
      return { archive_info: sha256 === undefined ? {} : { hash: `sha256=${sha256}`, hashes: { sha256 } } };
    }
    case 'directory':
      return { dir_info: origin.editable ? { editable: true } : {} };
    case 'git':
      return { vcs_info: { commit_id: origin.commit, vcs: 'git' } };
  }
}

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/@]+)@/i, (whole: string, scheme: string, user: string) => {
    const keep = (user === 'git' && /ssh/i.test(scheme)) || /^\$\{\w+\}(?::\$\{\w+\})?$/.test(user);
    return keep ? whole : scheme;
  });
}

type Json = string | boolean | { readonly [key: string]: Json };

/** JSON as Python writes it with sorted keys: a blank behind `:` and `,`. */
function spaced(value: Json): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${spaced(value[key] ?? {})}`).join(', ')}}`;
}
