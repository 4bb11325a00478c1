import type { BuildResult } from '../build/build.ts';
import type { Emit } from '../events.ts';
import { loop } from './loop.ts';
import { type OnMade, type Opened, Rounds } from './rounds.ts';

export interface WatchOptions {
  /** Reads the manifest and opens a workspace for it. Called again whenever the manifest has changed. */
  readonly open: () => Promise<Opened>;
  readonly emit: Emit;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Look at everything at least this often; for file systems that tell nothing of changes. */
  readonly pollMs?: number;
  /** Given what makes a round at once, which builds and delivers whatever it finds. */
  readonly onReady?: (again: () => void) => void;
  /** Called in each round that builds, when all layers are there and images are being delivered. */
  readonly onMade?: OnMade;
  /** Called after each round that built, before the next one begins. */
  readonly onBuilt?: (result: BuildResult) => Promise<void>;
}

/**
 * Builds and delivers, and does so again whenever something has changed, until the signal fires. Throws only what keeps
 * it from beginning: a manifest that cannot be used.
 */
export async function watch({ open, emit, signal, pollMs, onReady, ...told }: WatchOptions): Promise<void> {
  const { onMade = async () => undefined, onBuilt = async () => undefined } = told;
  await using rounds = await Rounds.open({ open, emit, signal, onMade, onBuilt });
  await loop({
    round: (turn, firstMs, changedIn) => rounds.round(turn, firstMs, changedIn),
    onRefusal: (code) =>
      emit({
        type: 'warning',
        code: 'watch-polls',
        message: `The system watches no more folders (${code}), so all files are looked at every second`,
        hint: 'On Linux raise fs.inotify.max_user_watches, or leave folders out with `exclude`.',
      }),
    signal,
    onReady: (look) =>
      onReady?.(() => {
        rounds.force();
        look();
      }),
    ...(pollMs === undefined ? {} : { pollMs }),
  });
}
