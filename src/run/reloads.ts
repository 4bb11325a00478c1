interface Reloader {
  /** One of these is among the words of the command. */
  readonly program: RegExp;
  /** So is one of these; absent: nothing more is needed. */
  readonly flag?: RegExp;
  /** Or this variable is set. */
  readonly variable?: string;
  /** But none of these. */
  readonly unless?: RegExp;
}

/** Servers that watch their own files, and what makes them do so. */
const reloaders: readonly Reloader[] = [
  { program: /^(?:uvicorn|gunicorn|hypercorn|granian|litestar|daphne|arq|watchfiles)$/, flag: /^--(?:auto-)?reload$/ },
  { program: /^watchfiles$/ },
  { program: /^watchmedo$/, flag: /^auto-restart$/ },
  { program: /^fastapi$/, flag: /^dev$/ },
  {
    program: /^(?:flask|quart)$/,
    flag: /^--(?:debug|reload)$/,
    variable: 'FLASK_DEBUG',
    unless: /^--no-(?:debug|reload)$/,
  },
  { program: /^quart$/, variable: 'QUART_DEBUG' },
  { program: /^(?:manage\.py|django-admin|django)$/, flag: /^runserver$/, unless: /^--noreload$/ },
  { program: /^sanic$/, flag: /^(?:--dev|-d|--auto-reload|-r|--reload)$/ },
];

/**
 * Whether a command restarts its app by itself when files change, so that putting them in is enough.
 *
 * @param command entrypoint and arguments; a command line for a shell is taken apart at blanks
 */
export function reloadsItself(command: readonly string[], environment: readonly string[]): boolean {
  const words = command.flatMap((word) => word.split(/\s+/)).map((word) => word.replace(/^.*\//, ''));
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  const isOn = (name: string): boolean =>
    environment.some((line) => new RegExp(`^${name}=(?:1|true)$`, 'i').test(line));
  return reloaders.some(
    ({ program, flag, variable, unless }) =>
      has(program) &&
      !(unless !== undefined && has(unless)) &&
      ((flag === undefined && variable === undefined) ||
        (flag !== undefined && has(flag)) ||
        (variable !== undefined && isOn(variable))),
  );
}
