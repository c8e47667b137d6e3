"""Secrets of the operator, whose values never come here. Grant: `secrets = ["name"]`."""

from . import _host
from ._ask import ask

_secrets = _host.interface("secrets")


def exists(name: str) -> bool:
    """Whether the operator has set it."""
    return ask(_secrets.exists, name)


def placeholder(name: str) -> str:
    """What to write into a URL or a header: the host puts the value in its place."""
    return "{{secret:" + name + "}}"
