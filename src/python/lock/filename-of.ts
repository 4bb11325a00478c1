/** The file name at the end of a URL or path, percent-decoded, without query and fragment. */
export function filenameOf(address: string): string {
  const last = /([^/]*)\/*$/.exec(address.split(/[?#]/)[0] ?? '')?.[1] ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
