"""Lines for the host's log: 64 KiB a second and 4 KiB a line; more is cut and counted. Never log a secret."""

from . import _host

_host_log = _host.interface("log")


def write(level: str, message: str, **fields) -> None:
    """Writes one line at `trace`, `debug`, `info`, `warn` or `error`, with names and values beside it."""
    _host_log.write(level, str(message), [(name, str(value)) for name, value in fields.items()])


def debug(message: str, **fields) -> None:
    write("debug", message, **fields)


def info(message: str, **fields) -> None:
    write("info", message, **fields)


def warn(message: str, **fields) -> None:
    write("warn", message, **fields)


def error(message: str, **fields) -> None:
    write("error", message, **fields)
