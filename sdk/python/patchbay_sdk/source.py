"""The world task-source: where work comes from."""

from dataclasses import dataclass, field
from typing import Callable

from . import _host
from ._guard import guarded
from ._value import checked, pairs, plain, text

_records = _host.exported("source")


@dataclass
class Item:
    """A piece of work."""

    id: str
    """The source's own."""
    title: str
    body: str = ""
    version: str = ""
    """Changes when the item does."""
    priority: str = "normal"
    """`urgent`, `high`, `normal` or `low`."""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """What is new, where the next poll goes on, and whether there is more at once."""

    items: list[Item]
    cursor: str | None = None
    """None: as before."""
    more: bool = False


def task_source(
    poll: Callable[[str | None], Page],
    claim: Callable[[str], str] = lambda item: item,
    heartbeat: Callable[[str, str], None] = lambda item, claim: None,
    complete: Callable[[str, str, object], None] = lambda item, claim, note: None,
    release: Callable[[str, str, str], None] = lambda item, claim, reason: None,
) -> type:
    """What a module has under the name `Source`. What is left out does nothing; a claim is then the item's id."""
    methods = {
        "poll": guarded(lambda cursor: _page(poll(cursor), cursor)),
        "claim": guarded(lambda item: text(claim(item), "the claim")),
        "heartbeat": guarded(lambda item, held: _nothing(heartbeat(item, held))),
        "complete": guarded(lambda item, held, note: _nothing(complete(item, held, plain(note)))),
        "release": guarded(lambda item, held, reason: _nothing(release(item, held, reason))),
    }
    return type("Source", (), methods)


def _nothing(_given):
    return None


def _page(given, before):
    checked(given, Page, "the page", "a Page")
    cursor = (before or "") if given.cursor is None else given.cursor
    items = [_item(checked(one, Item, "one of items", "an Item")) for one in checked(given.items, list, "items")]
    return _records.Page(items=items, cursor=text(cursor, "cursor"), more=bool(given.more))


def _item(one):
    return _records.Item(
        id=text(one.id, "id"),
        version=text(one.version, "version"),
        title=text(one.title, "title"),
        body=text(one.body, "body"),
        priority=text(one.priority, "priority"),
        attributes=pairs(one.attributes),
    )
