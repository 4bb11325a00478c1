import methods from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

/**
 * What is used of undici, to be imported dynamically: undici is CommonJS, and from a chunk of the bundle its names can
 * only be had through a module such as this one. Its front door would load all the rest too, `fetch`, web sockets and
 * caches: 15 MB of memory, and as long again.
 */
Object.assign(Dispatcher.prototype, methods);

export { Agent, EnvHttpProxyAgent };
