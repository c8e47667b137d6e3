"""A model, through the host's own gateway. Grant: `llm = { models = ["gpt-5-mini"], usd_per_day = 1.0 }`."""

from . import _host
from ._ask import ask
from ._value import pairs, plain

_llm = _host.interface("llm")


def complete(
    model: str,
    messages: list[tuple[str, str]],
    max_tokens: int | None = None,
    temperature: float | None = None,
    attributes: dict[str, str] | None = None,
):
    """Asks a model, and waits for at most 120 s. A message is its role (`system`, `user`, `assistant`) and content.

    The answer has `content`, `finish_reason`, `prompt_tokens`, `completion_tokens` and `attributes`.
    """
    options = _llm.Options(
        model=model, max_tokens=max_tokens, temperature=temperature, attributes=pairs(attributes)
    )
    said = [_llm.Message(role=role, content=content) for role, content in messages]
    return plain(ask(_llm.complete, said, options))
