declare const PYCONTAINER_VERSION: string | undefined;

/** Of the package; the bundler writes it in. */
export const version: string = typeof PYCONTAINER_VERSION === 'string' ? PYCONTAINER_VERSION : '0.0.0-source';
