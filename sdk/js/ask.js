// Around each call of the host: an answer that is an error is thrown as a PluginError.

import { PluginError } from './error.js';

/** What `call` gives; a u64 of its error becomes a number. */
export function ask(call) {
  try {
    return call();
  } catch (error) {
    const { code, message, retryAfterMs } = error?.payload ?? {};
    if (code === undefined) throw error;
    throw new PluginError(code, message, { retryAfterMs: retryAfterMs === undefined ? undefined : Number(retryAfterMs) });
  }
}
