"""Where the host is: the generated bindings inside a component, a mock natively. No other module asks which."""

import importlib
from types import SimpleNamespace

try:
    import componentize_py_types
    import wit_world.imports
except ImportError:
    NATIVE = True
    from .testing import host as _mock
else:
    NATIVE = False


def interface(name: str):
    """The functions of an interface that is imported.

    Raises ImportError, at build time, when the plugin was not granted it.
    """
    if NATIVE:
        return importlib.import_module(f".testing.{name}_mock", __package__)
    try:
        return importlib.import_module(f"wit_world.imports.{name}")
    except ImportError:
        raise ImportError(
            f"patchbay_sdk.{name} is not for this plugin: its world does not have it, or [grants] in plugin.toml "
            "does not ask for it"
        ) from None


def exported(name: str):
    """The records of an interface that the plugin may export, by their names."""
    if NATIVE:
        return _Plain
    try:
        return importlib.import_module(f"wit_world.exports.{name}")
    except ImportError:
        # Of another world: the package knows all six, a plugin is of one.
        return _Plain


def shared():
    """The records that all interfaces share."""
    return _Plain if NATIVE else importlib.import_module("wit_world.imports.types")


def failure(value):
    """The exception by which an error of the contract leaves the plugin."""
    return _mock.Err(value) if NATIVE else componentize_py_types.Err(value)


def errors():
    """The exception by which an error of the host arrives."""
    return _mock.Err if NATIVE else componentize_py_types.Err


class _Records(type):
    def __getattr__(cls, name):
        return SimpleNamespace


class _Plain(metaclass=_Records):
    """Where there are no bindings, any record is a namespace of its fields."""
