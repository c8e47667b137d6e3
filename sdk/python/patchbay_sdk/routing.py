"""The world routing-policy: which provider an LLM request goes to next."""

from dataclasses import dataclass, field
from typing import Callable

from . import _host
from ._guard import guarded
from ._value import checked, index, plain, text, whole

_records = _host.exported("routing")


@dataclass
class Request:
    """What is known about one request before it is sent. Never its text."""

    id: str = "request-1"
    endpoint: str = "chat/completions"
    """The path below `/v1/`."""
    model: str = "model"
    """The model that the client asked for, by its canonical name."""
    agent: str = "agent"
    """The agent whose key was used."""
    stream: bool = False
    attempt: int = 1
    """1 for the first attempt, one more for each provider that has failed this request."""
    body_bytes: int = 1_000
    max_tokens: int | None = None
    """The most tokens that the client wants back, if it said so."""
    prefix_hash: int = 0
    """Equal for requests whose body starts alike."""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Candidate:
    """One provider that serves the model, as it stands at this moment."""

    provider: str = "provider"
    pool: str = "pool"
    tier: int = 0
    """The pool's place in the operator's order; 0 comes first."""
    health: str = "healthy"
    """`healthy`, `cooling`, `ejected` or `dead`."""
    available: bool = True
    """Whether the host would send to it now; it skips a ranked candidate that is not."""
    in_flight: int = 0
    requests_left: int = 60
    """Requests that its bucket would let through at once."""
    requests_per_minute: int = 60
    cooling_ms: int = 0
    idle_ms: int | None = None
    """Milliseconds since it was last chosen; none if it never was."""
    first_byte_ms: float | None = None
    """Moving average of the time to its first byte; none before the first answer."""
    input_price: int | None = None
    """Price of a million prompt tokens, in nano-USD; none if not set."""
    output_price: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Exhausted:
    """What happens when no ranked candidate is available: 503, and when to come back if it is known."""

    action: str = "reject"
    retry_after_ms: int | None = None


@dataclass
class Decision:
    """Indexes into the candidates, the best first, none twice. One that is left out is not asked."""

    order: list[int]
    reason: str = ""
    otherwise: Exhausted | None = None


def routing_policy(rank: Callable[[Request, list[Candidate]], Decision]) -> type:
    """What a module has under the name `Routing`."""

    def answer(request, candidates):
        return _decision(rank(plain(request), [plain(candidate) for candidate in candidates]))

    return type("Routing", (), {"rank": guarded(answer)})


def _decision(given):
    decision = checked(given, Decision, "the decision", "a Decision")
    order = [index(one, "an index in order") for one in checked(decision.order, list, "order")]
    otherwise = decision.otherwise and _exhausted(checked(decision.otherwise, Exhausted, "otherwise", "an Exhausted"))
    return _records.Decision(order=order, reason=text(decision.reason, "reason"), otherwise=otherwise)


def _exhausted(given):
    retry_after_ms = whole(given.retry_after_ms, "otherwise.retry_after_ms")
    return _records.Exhausted(action=text(given.action, "otherwise.action"), retry_after_ms=retry_after_ms)
