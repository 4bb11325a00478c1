interface Named {
  readonly path: string;
  readonly type: string;
}

/** Items by those in whose places they came. */
export type Replaced<T> = ReadonlyMap<T, T>;

/** More are not worth a path of their own. */
const most = 32;

/**
 * What is in another list where only a few items of the same paths and types took the places of others, as after a save:
 * whatever hangs on paths alone is as it was then. undefined where more changed.
 */
export function replacedIn<T extends Named>(before: readonly T[], now: readonly T[]): Replaced<T> | undefined {
  if (before.length !== now.length) return undefined;
  const replaced = new Map<T, T>();
  for (let index = 0; index < now.length; index += 1) {
    const [was, is] = [before[index], now[index]];
    if (was === is || was === undefined || is === undefined) continue;
    if (was.path !== is.path || was.type !== is.type || replaced.size === most) return undefined;
    replaced.set(was, is);
  }
  return replaced;
}

/** The list, which holds each item once, with the new ones in the places of the old. */
export function withReplaced<T>(list: readonly T[], replaced: Replaced<T>): readonly T[] {
  const changed = [...list];
  for (const [was, is] of replaced) changed[list.indexOf(was)] = is;
  return changed;
}
