"""The world fix-strategy: what could mend a problem. A strategy proposes; the host decides and acts."""

from dataclasses import dataclass, field
from typing import Any, Callable

from . import _host
from ._guard import guarded
from ._value import as_json, checked, pairs, plain, share, text

_records = _host.exported("strategy")


@dataclass
class Problem:
    """Failures with one fingerprint."""

    id: str = "problem-1"
    fingerprint: str = ""
    class_: str = ""
    title: str = ""
    cause: str = ""
    failures: int = 1
    """How often it was seen."""
    fixes_tried: int = 0
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Step:
    """An action or a check: its kind, and arguments that are any JSON."""

    kind: str
    arguments: Any = field(default_factory=dict)


@dataclass
class FixPlan:
    """What the host does, what must hold afterwards, and what takes it back."""

    title: str
    actions: list[Step]
    reason: str = ""
    checks: list[Step] = field(default_factory=list)
    undo: list[Step] = field(default_factory=list)
    confidence: float = 1.0
    """From 0 to 1."""
    attributes: dict[str, str] = field(default_factory=dict)


def fix_strategy(propose: Callable[[Problem], FixPlan | None]) -> type:
    """What a module has under the name `Strategy`. None is the answer if another strategy may know."""
    return type("Strategy", (), {"propose": guarded(lambda problem: _plan(propose(plain(problem))))})


def _plan(given):
    if given is None:
        return None
    checked(given, FixPlan, "the plan", "a FixPlan or None")
    return _records.FixPlan(
        title=text(given.title, "title"),
        reason=text(given.reason, "reason"),
        actions=_steps(given.actions, _records.Action, "actions"),
        checks=_steps(given.checks, _records.Check, "checks"),
        undo=_steps(given.undo, _records.Action, "undo"),
        confidence=share(given.confidence, "confidence"),
        attributes=pairs(given.attributes),
    )


def _steps(given, record, what):
    steps = [checked(step, Step, f"one of {what}", "a Step") for step in checked(given, list, what)]
    return [record(kind=text(step.kind, f"{what}: kind"), arguments=as_json(step.arguments)) for step in steps]
