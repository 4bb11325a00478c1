const textFiles: readonly RegExp[] = [
  /(^|\/)etc\/(passwd|group|os-release|ld\.so\.conf|ld-musl-[^/]+\.path)$/,
  /(^|\/)etc\/ld\.so\.conf\.d\/[^/]+\.conf$/,
  /^usr\/lib\/os-release$/,
  /^var\/lib\/dpkg\/status(\.d\/(?!.*\.md5sums$)[^/]+)?$/,
  /^(usr\/)?lib\/apk\/db\/installed$/,
  /(^|\/)include\/(python|pypy)3\.[^/]+\/patchlevel\.h$/,
  /(^|\/)lib(64)?\/(python|pypy)3\.[^/]+\/build-details\.json$/,
  /(^|\/)lib(64)?\/python3\.[^/]+\/_sysconfigdata_[^/]*\.py$/,
];

const binaries: readonly RegExp[] = [
  /(^|\/)(python|pypy)(3(\.\d+)?t?d?)?$/,
  /(^|\/)lib(python|pypy)3[^/]*\.so[^/]*$/,
  /(^|\/)(libc\.so(\.6)?|libc-2\.\d+\.so)$/,
  /(^|\/)(ld-musl-|libc\.musl-)[^/]+\.so\.1$/,
];

/** How facts are read from the file at `path`, if any are. Symlinks are not followed: what they lead to has such a name too. */
export function interestIn(path: string): 'text' | 'binary' | undefined {
  if (textFiles.some((pattern) => pattern.test(path))) return 'text';
  return binaries.some((pattern) => pattern.test(path)) ? 'binary' : undefined;
}
