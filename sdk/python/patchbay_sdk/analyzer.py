"""The world error-analyzer: what an error means."""

from dataclasses import dataclass, field
from typing import Callable

from . import _host
from ._guard import guarded
from ._value import checked, pairs, plain, share, text, whole

_records = _host.exported("analyzer")


@dataclass
class Failure:
    """Something that went wrong."""

    id: str = "failure-1"
    kind: str = "task"
    """`upstream`, `task`, `stuck` or `agent`; plugin.toml says which ones the plugin takes."""
    code: str = ""
    """A status or exit code, or a word: `429`, `exit:1`."""
    message: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    """For `upstream`: `provider`, `model`, `now-ms`, `header:NAME`."""


@dataclass
class Diagnosis:
    """What it is, as a word (`class_`), and its cause in a sentence."""

    class_: str
    cause: str = ""
    confidence: float = 1.0
    """From 0 to 1."""
    retry_after_ms: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)


def error_analyzer(analyze: Callable[[Failure], Diagnosis | None]) -> type:
    """What a module has under the name `Analyzer`. None is the answer if another analyzer may know."""
    return type("Analyzer", (), {"analyze": guarded(lambda failure: _diagnosis(analyze(plain(failure))))})


def _diagnosis(given):
    if given is None:
        return None
    checked(given, Diagnosis, "the diagnosis", "a Diagnosis or None")
    return _records.Diagnosis(
        class_=text(given.class_, "class_"),
        cause=text(given.cause, "cause"),
        confidence=share(given.confidence, "confidence"),
        retry_after_ms=whole(given.retry_after_ms, "retry_after_ms"),
        attributes=pairs(given.attributes),
    )
