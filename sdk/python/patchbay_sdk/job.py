"""The run that a skill is in."""

from . import _host
from ._ask import ask
from ._blob import to_blob

_job = _host.interface("job")


def log_line(text: str, stream: str = "note") -> None:
    """A line of the run's log; `stream` is `stdout`, `stderr` or `note`."""
    _job.log_line(stream, text)


def log_lines(lines: list[tuple[str, str]]) -> None:
    """Lines of the run's log in one call: of each its text and its stream."""
    _job.log_lines([(stream, text) for text, stream in lines])


def progress(done: int, total: int | None = None, note: str = "") -> None:
    """How far it is, in units of its own, and a few words."""
    _job.progress(done, total, note)


def heartbeat() -> None:
    """Still alive, though it has nothing to say."""
    _job.heartbeat()


def artifact(name: str, media_type: str, contents: str | bytes) -> None:
    """Keeps a result with the run, under a name."""
    ask(_job.artifact, name, media_type, to_blob(contents))


def cancelled() -> bool:
    """Whether somebody wants it to end. It has 30 s from then on."""
    return _job.cancelled()
