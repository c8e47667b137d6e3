"""The world notifier: how a person is told."""

from dataclasses import dataclass, field
from typing import Callable

from . import _host
from ._guard import guarded
from ._value import plain, text, whole

_records = _host.exported("delivery")


@dataclass
class Message:
    """What a person is to be told."""

    id: str = "message-1"
    """The same at every try, so that a receiver can tell a repetition."""
    severity: str = "info"
    """Or `warning`, `critical`."""
    subject: str = ""
    """What it is about."""
    title: str = ""
    body: str = ""
    at_ms: int = 0
    """Milliseconds since 1970, UTC."""
    attributes: dict[str, str] = field(default_factory=dict)


def notifier(kind: str, description: str, send: Callable[[Message], str | None]) -> type:
    """What a module has under the name `Delivery`.

    `send` returns once the receiver has taken the message, with the receiver's id if it gave one; it raises a
    `SendError` if it has not.
    """

    def describe():
        return [_records.Description(kind=kind, description=description, attributes=[])]

    def deliver(message):
        receipt = send(plain(message))
        return _records.Receipt(id=text("" if receipt is None else receipt, "the receiver's id"), attributes=[])

    return type("Delivery", (), {"describe": guarded(describe), "send": guarded(deliver, _send_error)})


def _send_error(error):
    """An error that does not say whether it may be tried again may be, if it says when."""
    retry_after_ms = whole(error.retry_after_ms, "retry_after_ms")
    retryable = getattr(error, "retryable", retry_after_ms is not None)
    return _records.SendError(
        code=str(error.code), message=str(error.message), retryable=retryable, retry_after_ms=retry_after_ms
    )
