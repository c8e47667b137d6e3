"""Bytes that stay with the host and pass in pieces."""

from . import _host
from ._ask import ask

_host_blobs = _host.interface("blobs")

PIECE_BYTES = 256 * 1024
"""The most that passes at one time."""


def to_blob(contents: bytes | str):
    """A blob of the host with these bytes, or this text as UTF-8."""
    whole = contents.encode() if isinstance(contents, str) else bytes(contents)
    blob = _host_blobs.Blob()
    for at in range(0, len(whole), PIECE_BYTES):
        ask(blob.append, whole[at : at + PIECE_BYTES])
    return blob


def from_blob(blob) -> bytes:
    """All bytes of a blob of the host."""
    size, read = blob.size(), bytearray()
    while len(read) < size:
        piece = blob.read(len(read), PIECE_BYTES)
        if not piece:
            break
        read += piece
    return bytes(read)
