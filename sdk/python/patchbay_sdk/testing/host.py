"""The host, as a test wants it to be: what it answers, and what was asked. It knows no interface."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Callable


class Err(Exception):
    """How an error of the contract passes, in both directions."""

    def __init__(self, value: Any):
        super().__init__(str(value))
        self.value = value


@dataclass
class Host:
    """What a test set, and what happened since."""

    config: str = "{}"
    answers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    lines: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    """The contents of kv."""


_host = Host()


def mock(config: dict | None = None, on: dict[str, Callable[..., Any]] | None = None) -> Host:
    """A new host, for one test. `on` has, by call (`http.send`), what takes its arguments and gives the answer."""
    global _host
    _host = Host(config=json.dumps(config or {}), answers=on or {})
    return _host


def refuse(code: str, message: str = "") -> Err:
    """An error of the host, to raise."""
    return Err(SimpleNamespace(code=code, message=message or code, retry_after_ms=None))


def current() -> Host:
    return _host


def answer(call: str, *values: Any) -> Any:
    """The answer to a call; an error if the test gave none."""
    _host.calls.append((call, *values))
    if call not in _host.answers:
        raise refuse("not-mocked", f"the test gave no answer to {call}: mock(on={{{call!r}: ...}})")
    return _host.answers[call](*values)


class Blob:
    """Bytes of the host."""

    def __init__(self, contents: bytes | str = b""):
        self._bytes = contents.encode() if isinstance(contents, str) else contents

    def append(self, contents: bytes) -> None:
        self._bytes += contents

    def size(self) -> int:
        return len(self._bytes)

    def read(self, offset: int, count: int) -> bytes:
        return self._bytes[offset : offset + count]
