// Posts each message as JSON to one URL.

import { SendError, config, notifier } from '../vendor/patchbay-sdk/index.js';
import * as http from '../vendor/patchbay-sdk/http.js';
import * as secrets from '../vendor/patchbay-sdk/secrets.js';

/** The message's id is the same at every try, so that the receiver can tell a repetition. */
function send({ id, severity, title, body }) {
  // The host puts the secret in its place; it never comes here.
  const headers = { authorization: `Bearer ${secrets.placeholder('hook-token')}` };
  const answer = http.post(config().url, { headers, json: { id, severity, title, body } });
  if (answer.ok) return { id: receiverId(answer) };
  // A server in trouble may take the same message later; one that refuses it will not.
  throw new SendError(`http-${answer.status}`, answer.text().slice(0, 200), { retryable: answer.status >= 500 });
}

function receiverId(answer) {
  try {
    return String(answer.json().id ?? '');
  } catch {
    return '';
  }
}

export const delivery = notifier({ kind: '{{name}}', description: 'Posts each message as JSON', send });
