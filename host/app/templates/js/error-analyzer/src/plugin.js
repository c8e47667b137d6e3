// Says what a failure is, by words in its message.

import { config, errorAnalyzer } from '../vendor/patchbay-sdk/index.js';

/** By what a message has in it, in lower case. */
const KNOWN = { 'out of memory': 'out-of-memory', 'permission denied': 'permission-denied', 'timed out': 'timeout' };

/** Answers nothing when it does not know: then the next analyzer is asked. */
function analyze(failure) {
  const words = { ...KNOWN, ...config({ words: {} }).words };
  const message = failure.message.toLowerCase();
  const found = Object.entries(words).find(([word]) => message.includes(word));
  if (!found) return undefined;
  const [word, name] = found;
  return { class: name, cause: `the message says "${word}"`, confidence: 0.8 };
}

export const analyzer = errorAnalyzer(analyze);
