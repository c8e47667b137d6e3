"""Around each call of the host: an answer that is an error is raised as a PluginError."""

from . import _host
from .errors import PluginError


def ask(call, *values):
    try:
        return call(*values)
    except _host.errors() as error:
        value = error.value
        refused = PluginError(value.code, value.message, value.retry_after_ms)
    raise refused
