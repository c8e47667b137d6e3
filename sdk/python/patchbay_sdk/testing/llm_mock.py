"""The interface `llm`: as the test answers."""

from functools import partial
from types import SimpleNamespace

from .host import answer

Message = SimpleNamespace
Options = SimpleNamespace
complete = partial(answer, "llm.complete")
