"""What a plugin's own tests use: a mock of the host, and golden cases. Native only."""

from .host import Blob, Err, Host, mock, refuse

__all__ = ["Blob", "Err", "Host", "mock", "refuse"]
