"""The interface `files`: as the test answers."""

from functools import partial

from .host import answer

read = partial(answer, "files.read")
entries = partial(answer, "files.entries")
replace = partial(answer, "files.replace")
