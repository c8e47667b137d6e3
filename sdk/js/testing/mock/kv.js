// The interface `kv`: a real little store.

import { current } from '../mock.js';

export const get = (key) => current().kept.get(key);
export const set = (key, value) => void current().kept.set(key, value);

export function keys(prefix, after, count) {
  const found = [...current().kept.keys()].sort().filter((key) => key.startsWith(prefix));
  return found.filter((key) => after === undefined || key > after).slice(0, count);
}

const remove = (key) => current().kept.delete(key);
export { remove as delete };
