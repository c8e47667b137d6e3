"""The interface `process`: as the test answers."""

from functools import partial
from types import SimpleNamespace

from .host import answer

Command = SimpleNamespace
spawn = partial(answer, "process.spawn")
