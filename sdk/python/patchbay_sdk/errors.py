"""What a plugin answers when it cannot do what it was asked."""


class PluginError(Exception):
    """A refusal that the host can act on: raise it from anywhere in a plugin.

    `code` is a stable word for programs, in lower case with dashes; `message` a sentence for people;
    `retry_after_ms` milliseconds after which the same call may succeed, none if it never will.
    """

    def __init__(self, code: str, message: str, retry_after_ms: int | None = None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms


class SendError(PluginError):
    """What a notifier raises: it says whether the same message may get through later."""

    def __init__(self, code: str, message: str, retryable: bool = False, retry_after_ms: int | None = None):
        super().__init__(code, message, retry_after_ms)
        self.retryable = retryable
