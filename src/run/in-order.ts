import { PycontainerError, throwTogether } from '../errors.ts';

/**
 * Acts on each name once all that it comes `after` are done, and on as many at once as that allows. What comes after
 * one that failed is left. Throws all failures together; one that is not a PycontainerError alone.
 *
 * @param names each behind those that it comes after
 */
export async function inOrder(
  names: readonly string[],
  after: (name: string) => readonly string[],
  act: (name: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const works = new Map<string, Promise<boolean>>();
  const work = async (name: string): Promise<boolean> => {
    const done = await Promise.all(after(name).flatMap((other) => works.get(other) ?? []));
    if (done.includes(false)) return false;
    try {
      await act(name);
      return true;
    } catch (error) {
      failures.push(error);
      return false;
    }
  };
  for (const name of names) works.set(name, work(name));
  await Promise.all(works.values());
  const foreign = failures.find((error) => !(error instanceof PycontainerError));
  if (foreign !== undefined) throw foreign;
  throwTogether(failures.flatMap((error) => (error instanceof PycontainerError ? [error] : [])));
}
