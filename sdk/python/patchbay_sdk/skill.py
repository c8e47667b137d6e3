"""The world skill-adapter: how work of some kind is done."""

import json
from dataclasses import dataclass, field
from typing import Any, Callable

from . import _host
from ._guard import guarded
from ._value import as_json, checked, dumped, pairs, plain, text
from .errors import PluginError

_records = _host.exported("skill")


@dataclass
class Invocation:
    """One run."""

    id: str = "run-1"
    skill: str = ""
    """Which of the described skills."""
    input: Any = None
    """Read from its JSON."""
    attempt: int = 1
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of the work. An error is that it could not be tried."""

    summary: str = ""
    """A sentence for people."""
    output: Any = None
    """Any JSON."""
    status: str = "succeeded"
    """Or `failed`, `cancelled`."""
    code: str = ""
    """What failed, as a word: `exit:1`."""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Skill:
    """One of an adapter's skills."""

    run: Callable[[Any, Invocation], Outcome]
    description: str
    input_schema: dict = field(default_factory=dict)
    """A JSON Schema; anything if left out."""


def skill_adapter(skills: dict[str, Skill]) -> type:
    """What a module has under the name `Skill`; the skills by name."""

    def run(invocation):
        if invocation.skill not in skills:
            raise PluginError("unknown-skill", f"there is no skill {invocation.skill}")
        invocation.input = _read(invocation.input)
        return _outcome(skills[invocation.skill].run(invocation.input, plain(invocation)))

    def describe():
        return [_description(name, skill) for name, skill in skills.items()]

    return type("Skill", (), {"describe": guarded(describe), "run": guarded(run)})


def _description(name, skill):
    return _records.Description(
        name=name, description=skill.description, input_schema=as_json(skill.input_schema), attributes=[]
    )


def _read(text_of_input):
    try:
        return json.loads(text_of_input)
    except ValueError as error:
        raise PluginError("bad-input", f"the input: {error}") from None


def _outcome(given):
    checked(given, Outcome, "the outcome", "an Outcome")
    return _records.Outcome(
        status=text(given.status, "status"),
        summary=text(given.summary, "summary"),
        output=dumped(given.output),
        code=text(given.code, "code"),
        attributes=pairs(given.attributes),
    )
