"""The interface `job`: takes everything; a test may answer `job.cancelled`."""

from .host import answer, current


def _taken(call):
    return lambda *values: current().calls.append((call, *values))


log_line = _taken("job.log-line")
log_lines = _taken("job.log-lines")
progress = _taken("job.progress")
heartbeat = _taken("job.heartbeat")
artifact = _taken("job.artifact")


def cancelled():
    return answer("job.cancelled") if "job.cancelled" in current().answers else False
