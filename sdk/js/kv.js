// What the plugin must remember over calls, swaps and restarts. Grant: `kv = { max_bytes = 65536 }`.

import * as host from 'patchbay:plugin/kv@0.2.0';

import { ask } from './ask.js';
import { toText } from './blob.js';

/** The value as text; undefined if there is no such key. */
export function get(key) {
  const value = ask(() => host.get(key));
  return value && toText(value);
}

/** Durable when it returns. A key has at most 256 bytes, a value 64 KiB. */
export function set(key, value) {
  ask(() => host.set(key, typeof value === 'string' ? new TextEncoder().encode(value) : value));
}

/** The value, read from JSON; undefined if there is no such key. */
export function getJson(key) {
  const value = get(key);
  return value === undefined ? undefined : JSON.parse(value);
}

/** Keeps the value as JSON. */
export function setJson(key, value) {
  set(key, JSON.stringify(value));
}

/** Whether it was there. */
export function remove(key) {
  return ask(() => host.delete(key));
}

/** Keys with that prefix, in order, that come after `after`; at most `count`, and at most 1,000. */
export function keys(prefix = '', { after, count = 1000 } = {}) {
  return ask(() => host.keys(prefix, after, count));
}
