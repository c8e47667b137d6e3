"""The interface `log`."""

from .host import current


def write(level, message, fields):
    current().lines.append((level, message, dict(fields)))
