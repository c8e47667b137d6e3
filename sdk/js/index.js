// What every plugin may use, whatever it is granted. The capabilities (http.js, kv.js, ...) are files of their own,
// because a component imports from the host what its files import, and the host refuses what was not granted.

export { PluginError, SendError } from './error.js';
export { config } from './config.js';
export * as log from './log.js';
export { routingPolicy } from './routing.js';
export { errorAnalyzer } from './analyzer.js';
export { fixStrategy } from './strategy.js';
export { skillAdapter } from './skill.js';
export { notifier } from './notifier.js';
export { taskSource } from './source.js';
