// The world error-analyzer: what an error means.

import { guarded } from './guard.js';
import { fields, pairs, plain, share, text, whole } from './value.js';

/**
 * @typedef {object} Failure
 * @property {string} id
 * @property {string} kind `upstream`, `task`, `stuck` or `agent`; plugin.toml says which ones the plugin takes.
 * @property {string} code A status or exit code, or a word: `429`, `exit:1`.
 * @property {string} message What was said: at most 16 KiB.
 * @property {Record<string, string>} attributes For `upstream`: `provider`, `model`, `now-ms`, `header:NAME`.
 *
 * @typedef {object} Diagnosis
 * @property {string} class What it is, as a word.
 * @property {string} [cause] The cause, in a sentence.
 * @property {number} [confidence] From 0 to 1; 1 if left out.
 * @property {number} [retryAfterMs] Milliseconds until it is worth trying again.
 * @property {Record<string, string>} [attributes]
 */

/**
 * What a module exports as `analyzer`.
 * @param {(failure: Failure) => Diagnosis | undefined} analyze Answers nothing if another analyzer may know.
 */
export function errorAnalyzer(analyze) {
  return { analyze: guarded((failure) => diagnosis(analyze(plain(failure)))) };
}

function diagnosis(answer) {
  if (answer === undefined || answer === null) return undefined;
  const { class: word, cause, confidence = 1, retryAfterMs, attributes } = fields(answer, 'the diagnosis');
  return {
    class: text(word, 'class'),
    cause: text(cause, 'cause', ''),
    confidence: share(confidence, 'confidence'),
    retryAfterMs: whole(retryAfterMs, 'retryAfterMs'),
    attributes: pairs(attributes),
  };
}
