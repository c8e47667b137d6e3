"""The operator's configuration of the slot that the plugin fills."""

import json

from . import _host
from .errors import PluginError

_host_config = _host.interface("config")


def config(**defaults) -> dict:
    """The configuration, over these defaults. Nothing set reads as `{}`.

    The host has checked it against the schema in plugin.toml.
    """
    try:
        return defaults | json.loads(_host_config.get())
    except (TypeError, ValueError) as error:
        raise PluginError("bad-config", f"the configuration: {error}") from None
