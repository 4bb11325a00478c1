declare const PYCONTAINER_VERSION: string | undefined;

/** false: the sources run as they are. */
export const isBundled: boolean = typeof PYCONTAINER_VERSION === 'string';

/** Of the package; the bundler writes it in. */
export const version: string = typeof PYCONTAINER_VERSION === 'string' ? PYCONTAINER_VERSION : '0.0.0-source';
