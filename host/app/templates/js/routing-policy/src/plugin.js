// Decides which provider a request goes to next: the one with the fewest requests in flight.

import { config, log, routingPolicy } from '../vendor/patchbay-sdk/index.js';

/** Called once for each attempt. When it throws, the host's own policy answers this request. */
function rank(request, candidates) {
  const settings = config({ last_resort: undefined });
  // A decision is a list of indexes into `candidates`, the best first. One that is left out is not asked.
  const order = [...candidates.keys()].filter((index) => candidates[index].available);
  // The lowest key comes first; a lower tier is an earlier pool.
  const key = ({ provider, tier, inFlight }) => [Number(provider === settings.last_resort), tier, inFlight];
  order.sort((one, other) => compare(key(candidates[one]), key(candidates[other])));
  log.debug(`${request.id}: ${order.length} candidates available`);
  return { order, reason: 'the fewest requests in flight' };
}

/** By the first of the numbers in which they differ. */
function compare(some, others) {
  const at = some.findIndex((number, index) => number !== others[index]);
  return at < 0 ? 0 : some[at] - others[at];
}

export const routing = routingPolicy(rank);
