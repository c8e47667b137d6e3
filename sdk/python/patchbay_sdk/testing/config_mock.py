"""The interface `config`."""

from .host import current


def get():
    return current().config
