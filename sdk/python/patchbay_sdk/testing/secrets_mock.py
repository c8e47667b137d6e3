"""The interface `secrets`: as the test answers."""

from functools import partial

from .host import answer

exists = partial(answer, "secrets.exists")
