// The world notifier: how a person is told.

import { contractError, guarded } from './guard.js';
import { fields, pairs, plain, text } from './value.js';

/**
 * @typedef {object} Message
 * @property {string} id The same at every try, so that a receiver can tell a repetition.
 * @property {string} severity `info`, `warning` or `critical`.
 * @property {string} subject What it is about.
 * @property {string} title
 * @property {string} body Plain text.
 * @property {number} atMs Milliseconds since 1970, UTC.
 * @property {Record<string, string>} attributes
 */

/**
 * What a module exports as `delivery`.
 * @param {object} notifier
 * @param {string} notifier.kind The kind of route that it serves.
 * @param {string} notifier.description
 * @param {(message: Message) => { id?: string, attributes?: Record<string, string> } | void} notifier.send
 *   Returns once the receiver has taken the message; throws a `SendError` if it has not.
 */
export function notifier({ kind, description, send }) {
  return {
    describe: guarded(() => [{ kind, description, attributes: [] }]),
    send: guarded((message) => receipt(send(plain(message))), sendError),
  };
}

function receipt(answer) {
  const { id, attributes } = fields(answer ?? {}, 'the receipt');
  return { id: text(id, 'id', ''), attributes: pairs(attributes) };
}

/** An error that does not say whether it may be tried again may be, if it says when. */
function sendError(error) {
  const { code, message, retryAfterMs } = contractError(error);
  return { code, message, retryable: error.retryable ?? retryAfterMs !== undefined, retryAfterMs };
}
