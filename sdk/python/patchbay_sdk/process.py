"""Programs that were granted, never through a shell. Grant: `process = ["git"]`."""

from dataclasses import dataclass
from typing import Any, Callable

from . import _host
from ._ask import ask
from ._blob import to_blob
from ._value import pairs

_process = _host.interface("process")

LINES = 256
"""Lines that are fetched at one time."""
WAIT_MS = 1_000
"""How long one such wait lasts."""


class Child:
    """A program that was started. It does not outlive the call that started it."""

    def __init__(self, host):
        self._host = host

    def lines(self, count: int = LINES, wait_ms: int = 0) -> list[Any]:
        """Lines that have come, with `stream` and `text`, within that time; none at the end too."""
        return ask(self._host.lines, count, wait_ms)

    def wait(self, wait_ms: int = 0) -> Any:
        """How it ended, with `code` and `signal`; none if it still runs."""
        return ask(self._host.wait, wait_ms)

    def kill(self) -> None:
        ask(self._host.kill)


@dataclass
class Ended:
    """A program that was run to its end."""

    code: int | None
    """None when a signal ended it."""
    signal: int | None
    stdout: str
    stderr: str


def spawn(
    program: str,
    *arguments: str,
    env: dict[str, str] | None = None,
    folder: str | None = None,
    input: str | bytes | None = None,
) -> Child:
    """Starts a program, as it was granted; `env` is besides `PATH`, `HOME`, `LANG` and `TZ`."""
    command = _process.Command(
        program=program, arguments=list(arguments), environment=pairs(env), folder=folder, attributes=[]
    )
    return Child(ask(_process.spawn, command, None if input is None else to_blob(input)))


def run(program: str, *arguments: str, on_line: Callable[[Any], None] | None = None, **command: Any) -> Ended:
    """Runs a program to its end, within the call's deadline; `on_line` is called for each line as it comes."""
    child = spawn(program, *arguments, **command)
    told: dict[str, list[str]] = {"stdout": [], "stderr": []}
    ended = None
    while True:
        lines = child.lines(wait_ms=WAIT_MS)
        for line in lines:
            told.setdefault(line.stream, []).append(line.text)
            if on_line:
                on_line(line)
        if not lines and ended:
            return Ended(ended.code, ended.signal, "\n".join(told["stdout"]), "\n".join(told["stderr"]))
        if not lines:
            ended = child.wait()
