// The world routing-policy: which provider an LLM request goes to next.

import { guarded } from './guard.js';
import { fields, list, plain, small, text, whole } from './value.js';

/**
 * What is known about one request before it is sent. Never its text.
 * @typedef {object} Request
 * @property {string} id The id that the client finds in `x-request-id`.
 * @property {string} endpoint The path below `/v1/`: `chat/completions`, `embeddings`, ...
 * @property {string} model The model that the client asked for, by its canonical name.
 * @property {string} agent The agent whose key was used.
 * @property {boolean} stream Whether the client asked for a stream of events.
 * @property {number} attempt 1 for the first attempt, one more for each provider that has failed this request.
 * @property {number} bodyBytes Size of the request's body.
 * @property {number} [maxTokens] The most tokens that the client wants back, if it said so.
 * @property {bigint} prefixHash Equal for requests whose body starts alike.
 * @property {Record<string, string>} attributes
 *
 * One provider that serves the model, as it stands at this moment.
 * @typedef {object} Candidate
 * @property {string} provider Its name.
 * @property {string} pool The pool that it belongs to.
 * @property {number} tier The pool's place in the operator's order; 0 comes first.
 * @property {string} health `healthy`, `cooling`, `ejected` or `dead`.
 * @property {boolean} available Whether the host would send to it now; it skips a ranked candidate that is not.
 * @property {number} inFlight Requests that it is serving now.
 * @property {number} requestsLeft Requests that its bucket would let through at once.
 * @property {number} requestsPerMinute Its limit.
 * @property {number} coolingMs Milliseconds until its cooldown ends; 0 when it is not cooling.
 * @property {number} [idleMs] Milliseconds since it was last chosen; none if it never was.
 * @property {number} [firstByteMs] Moving average of the time to its first byte; none before the first answer.
 * @property {number} [inputPrice] Price of a million prompt tokens, in nano-USD; none if not set.
 * @property {number} [outputPrice] Price of a million completion tokens, in nano-USD; none if not set.
 * @property {Record<string, string>} attributes
 *
 * @typedef {object} Decision
 * @property {number[]} order Indexes into the candidates, the best first, none twice. One that is left out is not asked.
 * @property {string} [reason] A few words for the log.
 * @property {{ action?: string, retryAfterMs?: number }} [otherwise] What happens when none of them is available.
 */

/**
 * What a module exports as `routing`.
 * @param {(request: Request, candidates: Candidate[]) => Decision} rank
 */
export function routingPolicy(rank) {
  return {
    rank: guarded((request, candidates) => {
      const facts = { ...plain(request), prefixHash: request.prefixHash };
      return decision(rank(facts, plain(candidates)));
    }),
  };
}

function decision(answer) {
  const { order, reason, otherwise } = fields(answer, 'the decision');
  return {
    order: list(order, 'order').map((index) => small(index, 'an index in order')),
    reason: text(reason, 'reason', ''),
    otherwise: otherwise && exhausted(fields(otherwise, 'otherwise')),
  };
}

function exhausted({ action, retryAfterMs }) {
  return {
    action: text(action, 'otherwise.action', 'reject'),
    retryAfterMs: whole(retryAfterMs, 'otherwise.retryAfterMs'),
  };
}
