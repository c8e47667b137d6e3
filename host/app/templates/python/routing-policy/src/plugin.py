"""Decides which provider a request goes to next: the one with the fewest requests in flight."""

from patchbay_sdk import Decision, config, log, routing_policy


def rank(request, candidates):
    """Called once for each attempt. When it raises, the host's own policy answers this request."""
    last_resort = config(last_resort=None)["last_resort"]

    def key(index):
        # The lowest comes first; False comes before True, and a lower tier is an earlier pool.
        candidate = candidates[index]
        return candidate.provider == last_resort, candidate.tier, candidate.in_flight

    # A decision is a list of indexes into the candidates, the best first. One that is left out is not asked.
    available = [index for index, candidate in enumerate(candidates) if candidate.available]
    log.debug(f"{request.id}: {len(available)} candidates available")
    return Decision(sorted(available, key=key), "the fewest requests in flight")


# The name that the build looks for.
Routing = routing_policy(rank)
