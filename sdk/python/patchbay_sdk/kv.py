"""What the plugin must remember over calls, swaps and restarts. Grant: `kv = { max_bytes = 65536 }`."""

import json
from typing import Any

from . import _host
from ._ask import ask

_kv = _host.interface("kv")


def get(key: str) -> str | None:
    """The value as text; none if there is no such key."""
    value = ask(_kv.get, key)
    return None if value is None else value.decode(errors="replace")


def set(key: str, value: str | bytes) -> None:
    """Durable when it returns. A key has at most 256 bytes, a value 64 KiB."""
    ask(_kv.set, key, value.encode() if isinstance(value, str) else value)


def get_json(key: str) -> Any:
    """The value, read from JSON; none if there is no such key."""
    value = get(key)
    return None if value is None else json.loads(value)


def set_json(key: str, value: Any) -> None:
    set(key, json.dumps(value))


def delete(key: str) -> bool:
    """Whether it was there."""
    return ask(_kv.delete, key)


def keys(prefix: str = "", after: str | None = None, count: int = 1_000) -> list[str]:
    """Keys with that prefix, in order, that come after `after`; at most 1,000."""
    return ask(_kv.keys, prefix, after, count)
