/**
 * What is used of undici, to be imported dynamically: undici is CommonJS, and from a chunk of the bundle its names can
 * only be had through a module such as this one.
 */
export { Agent, EnvHttpProxyAgent } from 'undici';
