import { formatReasons } from './reason.ts';
import { clean, fitted, type FrameLine } from './span.ts';
import type { WatchState } from './watch-state.ts';

/** What a watch can be asked for at its screen. */
export interface WatchControls {
  readonly rebuild: () => void;
  readonly quit: () => void;
  /** Shows an app to the user, in whatever shows pages. */
  readonly open: (url: string) => void;
}

/** What was asked for with keys, as far as the screen alone answers it. */
export interface KeysState {
  readonly panel?: 'help' | 'explain';
  /** The only target whose logs are shown. */
  readonly logsOf?: string;
}

export type Asked = keyof WatchControls;

const keys = [
  ['r', 'rebuild', 'build and deliver again, whatever changed'],
  ['o', 'open', "open the app's URL"],
  ['l', 'logs', 'show the logs of one target, of the next, of all'],
  ['e', 'explain', 'say why the last rebuild was made'],
  ['q', 'quit', 'stop watching; Ctrl-C too'],
  ['?', 'help', 'show or hide this'],
] as const;

/** The state after a key, and what the watch is to do. */
export function pressed(
  state: KeysState,
  key: string,
  watch: WatchState,
): { readonly keys: KeysState; readonly asked?: Asked } {
  const { panel: _closed, ...rest } = state;
  switch (key) {
    case 'r':
      return { keys: rest, asked: 'rebuild' };
    case 'o':
      return urlOf(watch) === undefined ? { keys: state } : { keys: rest, asked: 'open' };
    case 'q':
      return { keys: rest, asked: 'quit' };
    case 'l':
      return { keys: nextLogs(state, watch) };
    case 'e':
      return { keys: state.panel === 'explain' ? rest : { ...state, panel: 'explain' } };
    case '?':
      return { keys: state.panel === 'help' ? rest : { ...state, panel: 'help' } };
    default:
      return { keys: rest };
  }
}

/** The first of the targets' that has one. */
export function urlOf({ containers }: WatchState): string | undefined {
  return [...containers.values()].find(({ url }) => url !== undefined)?.url;
}

/** All, then each target in turn, then all. */
function nextLogs({ logsOf, ...rest }: KeysState, { targets }: WatchState): KeysState {
  const next = targets[logsOf === undefined ? 0 : targets.indexOf(logsOf) + 1];
  return next === undefined ? rest : { ...rest, logsOf: next };
}

/** What was asked for, and the keys that there are. */
export function keyLines(state: KeysState, watch: WatchState, columns: number): readonly FrameLine[] {
  const panel = state.panel === 'help' ? helpLines() : state.panel === 'explain' ? explainLines(watch) : [];
  const logs = state.logsOf === undefined ? '' : ` of ${state.logsOf}`;
  const line = keys.map(([key, word]) => `${key} ${word}${word === 'logs' ? logs : ''}`).join('  ');
  return [...panel, [{ role: 'quiet', text: line } as const]].map((one) => fitted(one, columns));
}

function helpLines(): readonly FrameLine[] {
  return keys.map(([key, , what]) => [{ role: 'heading', text: `  ${key}` }, { text: `  ${what}` }]);
}

const mostExplained = 8;

function explainLines({ lastChange, stale }: WatchState): readonly FrameLine[] {
  if (lastChange === undefined) return [[{ text: '  Nothing was rebuilt yet.' }]];
  const { paths, more } = lastChange;
  const changed = `${paths.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
  const lines = stale.map(({ title, reasons }) => `  ${title}: ${formatReasons(reasons, 3)}`);
  const hidden = lines.length - mostExplained;
  return [
    [{ role: 'heading', text: `  ${clean(changed)}` }],
    ...(lines.length === 0 ? ['  no layer was made anew'] : lines.slice(0, mostExplained)).map((text): FrameLine => [
      { text: `  ${clean(text)}` },
    ]),
    ...(hidden > 0 ? [[{ role: 'quiet', text: `    and ${hidden} more` }] satisfies FrameLine] : []),
  ];
}
