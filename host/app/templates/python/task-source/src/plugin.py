"""Takes work from a feed: a JSON list of items, each with an id and a title."""

from patchbay_sdk import Item, Page, PluginError, config, http, task_source


def poll(_cursor):
    """The host remembers which items it has seen, by id and version."""
    answer = http.get(config()["url"])
    if not answer.ok:
        raise PluginError("feed", f"the feed answered {answer.status}", retry_after_ms=60_000)
    return Page([item(one) for one in answer.json() if not one.get("done")])


def item(one):
    return Item(str(one["id"]), one["title"], one.get("body", ""), priority=one.get("priority", "normal"))


# The name that the build looks for. A feed can only be read, so there is nobody to tell of a claim or of an end.
Source = task_source(poll)
