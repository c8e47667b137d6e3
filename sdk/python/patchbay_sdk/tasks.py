"""The task that a failure or a problem is about. The fields are those of the contract (`wit/`), with underscores."""

from typing import Any

from . import _host
from ._ask import ask
from ._value import plain

_tasks = _host.interface("tasks")


def current() -> Any:
    """None when it is about no task."""
    task = ask(_tasks.current)
    return None if task is None else plain(task)


def attempts() -> list[Any]:
    """Of that task, the newest last."""
    return [plain(attempt) for attempt in ask(_tasks.attempts)]


def log_tail(lines: int = 100) -> list[str]:
    return ask(_tasks.log_tail, lines)


def findings() -> list[Any]:
    """What was found out."""
    return [plain(finding) for finding in ask(_tasks.findings)]


def history() -> list[Any]:
    """What was tried for this problem, the newest last."""
    return [plain(fix) for fix in ask(_tasks.history)]


def runbooks() -> list[Any]:
    """What people wrote down for such a problem."""
    return ask(_tasks.runbooks)
