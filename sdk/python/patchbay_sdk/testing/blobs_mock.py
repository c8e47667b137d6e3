"""The interface `blobs`."""

from .host import Blob

__all__ = ["Blob"]
