"""Around each function that the host calls: whatever it raises becomes an error of the contract.

An exception that nobody meant would stop the instance, and its message would be lost.
"""

from . import _host, log
from ._value import whole
from .errors import PluginError

FRAMES_MAX = 10


def guarded(call, shape=None):
    """The method that the host calls; `shape` makes the error's record, by default the contract's `plugin-error`."""

    def method(_self, *values):
        try:
            return call(*values)
        except BaseException as error:
            answer = (shape or plugin_error)(_known(error))
        raise _host.failure(answer)

    return method


def plugin_error(error):
    record = _host.shared().PluginError
    return record(
        code=str(error.code), message=str(error.message), retry_after_ms=whole(error.retry_after_ms, "retry_after_ms")
    )


def _known(error):
    """What was raised on purpose stays; anything else is a mistake, and is logged with its place."""
    if isinstance(error, PluginError):
        return error
    message = f"{type(error).__name__}: {error}"
    log.error(message, place=_place(error))
    return PluginError("failed", message)


def _place(error):
    """Files and lines, the innermost last. The module `traceback` would look for the sources, and there are none."""
    frames = []
    trace = error.__traceback__
    while trace:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames[-FRAMES_MAX:])
