"""Between the contract's values and plain ones: attributes are pairs there and a dict here."""

import json

from .errors import PluginError

SHOWN_CHARACTERS_MAX = 100


def plain(record):
    """The host's record with its attributes as a dict."""
    record.attributes = dict(record.attributes)
    return record


def pairs(attributes):
    """Pairs of texts; none from nothing."""
    return [(str(name), str(value)) for name, value in (attributes or {}).items()]


def text(value, what):
    return checked(value, str, f"{what} is", "a text")


def whole(value, what):
    """A whole number of at least 0, or none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise wrong(what, "a number of at least 0", value)
    return round(value)


def share(value, what):
    """A number from 0 to 1."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise wrong(what, "a number from 0 to 1", value)
    return float(value)


def index(value, what):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise wrong(what, "a whole number of at least 0", value)
    return value


def checked(value, kind, what, expected=None):
    if not isinstance(value, kind):
        raise wrong(what.removesuffix(" is"), expected or f"a {kind.__name__}", value)
    return value


def dumped(value):
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def as_json(value):
    """JSON as text; a text is taken to be JSON already."""
    return value if isinstance(value, str) else dumped(value)


def wrong(what, expected, found):
    shown = repr(found)[:SHOWN_CHARACTERS_MAX]
    return PluginError("bad-answer", f"{what} is {shown}, expected {expected}")
