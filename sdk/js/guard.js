// Around each function that the host calls: whatever it throws becomes an error of the contract. An exception that
// nobody meant would stop the instance, and its message would be lost.

import { PluginError } from './error.js';
import * as log from './log.js';
import { whole } from './value.js';

/**
 * The function as the host calls it.
 * @param {Function} call Takes and gives the contract's values.
 * @param {(error: PluginError) => object} [shape] How this function's errors look.
 */
export function guarded(call, shape = contractError) {
  return (...values) => {
    try {
      return call(...values);
    } catch (error) {
      throw shape(known(error));
    }
  };
}

/** The contract's `plugin-error`. */
export function contractError({ code, message, retryAfterMs }) {
  return { code: String(code), message: String(message), retryAfterMs: whole(retryAfterMs, 'retryAfterMs') };
}

/** What was thrown on purpose stays; anything else is a mistake, and is logged with its place. */
function known(error) {
  if (error instanceof PluginError) return error;
  log.error(`${error}`, { stack: String(error?.stack ?? '').slice(0, 2000) });
  return new PluginError('failed', String(error?.message ?? error));
}
