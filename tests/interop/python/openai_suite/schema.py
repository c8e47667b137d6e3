"""The JSON schema of a type of the SDK: a model, a typed dict, or what stands in one. Knows Python's types and nothing
of paths or requests."""

import collections.abc
import dataclasses
import datetime
import inspect
import types
import typing

import pydantic
import typing_extensions as more

STRINGS = {
    str: {},
    bytes: {"format": "binary"},
    datetime.datetime: {"format": "date-time"},
    datetime.date: {"format": "date"},
}
PLAIN = {bool: "boolean", int: "integer", float: "number"}
LISTS = (list, collections.abc.Iterable, collections.abc.Sequence)
OBJECTS = (dict, collections.abc.Mapping)
WRAPPERS = (typing.Annotated, more.Required, more.NotRequired, typing.Required, typing.NotRequired, typing.ClassVar)


@dataclasses.dataclass
class Schemas:
    """Schemas by the names of their classes. A class that contains itself is why they have names."""

    named: dict = dataclasses.field(default_factory=dict)

    def of(self, kind):
        if kind is None or kind is type(None):
            return {"type": "null"}
        if kind in PLAIN:
            return {"type": PLAIN[kind]}
        if kind in STRINGS:
            return {"type": "string", **STRINGS[kind]}
        origin, arguments = more.get_origin(kind), more.get_args(kind)
        if isinstance(kind, more.TypeAliasType):
            return self.of(kind.__value__)
        if origin in WRAPPERS:
            return self.of(arguments[0])
        if origin in (typing.Literal, more.Literal):
            # In a query there are only words, so a truth value is told by its type, too.
            truth = {"type": "boolean"} if set(map(type, arguments)) == {bool} else {}
            return {"enum": list(arguments), **truth}
        if origin in (typing.Union, types.UnionType):
            return self.either(arguments)
        if inspect.isclass(kind) and (more.is_typeddict(kind) or issubclass(kind, pydantic.BaseModel)):
            return self.reference(kind)
        return self.container(origin or kind, arguments)

    def either(self, kinds):
        if bytes in kinds:  # A file, which may be told in many ways; in a form it is bytes.
            kinds = [kind for kind in kinds if kind is bytes or is_list(kind)]
        return {"anyOf": [self.of(kind) for kind in kinds]}

    def container(self, origin, arguments):
        if is_list(origin) or origin is tuple:
            return {"type": "array", "items": self.of(arguments[0]) if arguments else {}}
        if origin in OBJECTS:
            return {"type": "object", "additionalProperties": self.of(arguments[1]) if arguments else True}
        # `object`, type variables and the like: anything.
        return {}

    def reference(self, kind):
        name = f"{kind.__module__}.{kind.__qualname__}"
        name = "".join(letter if letter.isalnum() else "_" for letter in name)
        if name not in self.named:
            self.named[name] = {}  # Found again inside itself, it is only named.
            self.named[name].update(self.fields(kind))
        return {"$ref": f"#/components/schemas/{name}"}

    def fields(self, kind):
        fields = dict(self.typed_dict(kind) if more.is_typeddict(kind) else model(kind))
        required = [name for name, (_, needed) in fields.items() if needed]
        properties = {name: self.of(hint) for name, (hint, _) in fields.items()}
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def typed_dict(self, kind):
        for name, hint in more.get_type_hints(kind, include_extras=True).items():
            needed = name in kind.__required_keys__ or more.get_origin(hint) in (more.Required, typing.Required)
            yield alias(hint) or name, (hint, needed)


def model(kind):
    """The fields of a model, as the server writes them. What may be null but need not be there is left out by the
    mock, so only the type without null is told."""
    for name, field in kind.model_fields.items():
        yield field.alias or name, (field.annotation, field.is_required())


def alias(hint):
    """What a key is called on the wire, if the SDK calls it otherwise."""
    inner = (note for part in more.get_args(hint) for note in getattr(part, "__metadata__", ()))
    notes = (*getattr(hint, "__metadata__", ()), *inner)
    return next((note.alias for note in notes if getattr(note, "alias", None)), None)


def is_list(kind):
    """A list of values. A tuple is none: it is a file with its name."""
    origin = more.get_origin(kind) or kind
    return origin in LISTS or getattr(origin, "__name__", "") == "SequenceNotStr"
