"""The interface `tasks`: as the test answers."""

from functools import partial

from .host import answer

current = partial(answer, "tasks.current")
attempts = partial(answer, "tasks.attempts")
log_tail = partial(answer, "tasks.log-tail")
findings = partial(answer, "tasks.findings")
history = partial(answer, "tasks.history")
runbooks = partial(answer, "tasks.runbooks")
