// Lines for the host's log. The host takes 64 KiB a second and 4 KiB a line; more is cut and counted. Nothing that is
// logged may be a secret.

import { write as hostWrite } from 'patchbay:plugin/log@0.2.0';

import { pairs } from './value.js';

/**
 * Writes one line, with names and values beside it.
 * @param {'trace' | 'debug' | 'info' | 'warn' | 'error'} level
 * @param {string} message
 * @param {Record<string, unknown>} [values]
 */
export function write(level, message, values) {
  hostWrite(level, String(message), pairs(values));
}

export const debug = (message, values) => write('debug', message, values);
export const info = (message, values) => write('info', message, values);
export const warn = (message, values) => write('warn', message, values);
export const error = (message, values) => write('error', message, values);
