// Secrets of the operator, whose values never come here. Grant: `secrets = ["name"]`.

import { exists as hostExists } from 'patchbay:plugin/secrets@0.2.0';

import { ask } from './ask.js';

/** Whether the operator has set it. */
export function exists(name) {
  return ask(() => hostExists(name));
}

/** What to write into a URL or a header: the host puts the value in its place. */
export function placeholder(name) {
  return `{{secret:${name}}}`;
}
