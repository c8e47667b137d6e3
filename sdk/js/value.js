// Between the contract's values and plain ones: 64-bit numbers are BigInts on its side and numbers on the plugin's,
// attributes are pairs there and an object here.

import { PluginError } from './error.js';

/** The value as a plugin likes it. A number beyond 2^53 loses its last digits. */
export function plain(value) {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  const field = ([name, inner]) => [name, name === 'attributes' ? Object.fromEntries(inner) : plain(inner)];
  return Object.fromEntries(Object.entries(value).map(field));
}

/** Pairs of texts from an object, or from pairs; none from nothing. */
export function pairs(object) {
  const entries = Array.isArray(object) ? object : Object.entries(object ?? {});
  return entries.map(([name, value]) => [String(name), String(value)]);
}

/** A whole number of at least 0 as the contract has it; nothing stays nothing. */
export function whole(value, what) {
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw wrong(what, 'a number of at least 0', value);
  return BigInt(Math.round(number));
}

/** A 32-bit number of at least 0. */
export function small(value, what) {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw wrong(what, 'a whole number of at least 0', value);
  return value;
}

/** A number from 0 to 1. */
export function share(value, what) {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw wrong(what, 'a number from 0 to 1', value);
  return value;
}

/** A text, or `otherwise` if there is nothing. */
export function text(value, what, otherwise) {
  const found = value ?? otherwise;
  if (typeof found !== 'string') throw wrong(what, 'a text', value);
  return found;
}

/** JSON as text: a text is taken to be JSON already. */
export function json(value) {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
}

/** A list, or an empty one if there is nothing. */
export function list(value, what) {
  if (value !== undefined && !Array.isArray(value)) throw wrong(what, 'a list', value);
  return value ?? [];
}

/** An object with fields. */
export function fields(value, what) {
  if (value === null || typeof value !== 'object' || typeof value.then === 'function') {
    throw wrong(what, 'an object (and no promise: a plugin is not async)', value);
  }
  return value;
}

function wrong(what, expected, found) {
  const shown = typeof found === 'object' ? Object.prototype.toString.call(found) : String(found);
  return new PluginError('bad-answer', `${what} is ${shown.slice(0, 100)}, expected ${expected}`);
}
