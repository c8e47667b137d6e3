"""Files below the folders that were granted. Grant: `files = [{ root = "/srv/notes", write = true }]`."""

from dataclasses import dataclass
from typing import Any

from . import _host
from ._ask import ask
from ._blob import from_blob, to_blob

_files = _host.interface("files")


@dataclass
class File:
    """A file of at most 16 MiB, and the version that it has."""

    contents: bytes
    version: str

    def text(self) -> str:
        return self.contents.decode(errors="replace")


def read(path: str) -> File:
    blob, version = ask(_files.read, path)
    return File(from_blob(blob), version)


def entries(path: str) -> list[Any]:
    """What is in a folder, with `name`, `kind` (`file`, `folder`, `other`) and `size`."""
    return ask(_files.entries, path)


def replace(path: str, contents: str | bytes, version: str | None = None) -> str:
    """Puts a file in place if it still has `version`, or is not there if that is none; says its new version."""
    return ask(_files.replace, path, to_blob(contents), version)
