import type { MarkerEnvironment } from '../../src/python/environment.ts';
import { evaluateMarker, formatMarker, parseMarker } from '../../src/python/marker.ts';
import type { MarkerContext } from '../../src/python/marker.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

type Answer = boolean | { readonly error: string };
type FullEnvironment = Readonly<Record<string, string | readonly string[]>>;

interface Markers {
  readonly envs: Readonly<Record<string, MarkerEnvironment>>;
  readonly evaluate: readonly (readonly [string, string, string, Answer])[];
  readonly lock_file_context: readonly (readonly [string, readonly string[], readonly string[], Answer])[];
  readonly suite: readonly (readonly [string, FullEnvironment, string, Answer])[];
  readonly parse: readonly { readonly in: string; readonly str?: string; readonly error?: string }[];
}

const answered = (answer: Answer): boolean | 'error' => (typeof answer === 'boolean' ? answer : 'error');

vectorTest('markers hold where packaging says they do', (t) => {
  const { envs, evaluate } = loadVectors('markers') as Markers;
  compareAll(
    t,
    'markers evaluated',
    evaluate,
    ([marker, id, extra]) => orError(() => evaluateMarker(parseMarker(marker), envs[id]!, { extra })),
    ([, , , answer]) => answered(answer),
  );
});

vectorTest('markers of lock files hold where packaging says they do', (t) => {
  const { envs, lock_file_context } = loadVectors('markers') as Markers;
  const environment = envs['linux-x86_64-cp311']!;
  compareAll(
    t,
    'markers of lock files evaluated',
    lock_file_context,
    ([marker, extras, groups]) =>
      orError(() =>
        evaluateMarker(parseMarker(marker), environment, { extras: new Set(extras), groups: new Set(groups) }),
      ),
    ([, , , answer]) => answered(answer),
  );
});

vectorTest("markers of packaging's own tests hold where packaging says they do", (t) => {
  compareAll(
    t,
    "markers of packaging's own tests evaluated",
    (loadVectors('markers') as Markers).suite,
    ([marker, environment, context]) =>
      orError(() =>
        evaluateMarker(parseMarker(marker), environment as MarkerEnvironment, contextOf(environment, context)),
      ),
    ([, , , answer]) => answered(answer),
  );
});

/** The suite hands extras and groups in with the environment. */
function contextOf(environment: FullEnvironment, context: string): MarkerContext {
  const set = (name: string): ReadonlySet<string> | undefined => {
    const names = environment[name] ?? (context === 'lock_file' ? [] : undefined);
    return Array.isArray(names) ? new Set(names as string[]) : undefined;
  };
  const extra = environment['extra'];
  return {
    extra: typeof extra === 'string' ? extra : undefined,
    extras: set('extras'),
    groups: set('dependency_groups'),
  };
}

vectorTest('markers are read and written as packaging does', (t) => {
  compareAll(
    t,
    'markers read',
    (loadVectors('markers') as Markers).parse,
    (one) => orError(() => formatMarker(parseMarker(one.in))),
    (one) => one.str ?? 'error',
  );
});
