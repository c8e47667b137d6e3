"""Writes the OpenAPI document of what an installed `openai` package calls: its own methods and types, read out of its
source. So the mock knows exactly the API of the version that is tested, and no document has to be fetched. It must not
know the gateway, nor any test."""

import ast
import importlib
import inspect
import json
import pkgutil
import textwrap

import openai
import openai.resources
from openai._resource import SyncAPIResource
from schema import Schemas
import typing_extensions as more

VERBS = {"_get": "get", "_get_api_list": "get", "_post": "post", "_put": "put", "_patch": "patch", "_delete": "delete"}
PREFIX = "/v1"


def resources():
    """All classes whose methods call the API."""
    for found in pkgutil.walk_packages(openai.resources.__path__, "openai.resources."):
        module = importlib.import_module(found.name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, SyncAPIResource) and kind.__module__ == module.__name__:
                yield module, kind


def calls(kind):
    """Each method of a class with the call of the API that it makes."""
    for name, method in vars(kind).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        source = ast.parse(textwrap.dedent(inspect.getsource(method)))
        for node in ast.walk(source):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VERBS:
                yield source, node


def path_of(call):
    """The path with its placeholders, whether it is a constant, a template or a formatted string."""
    argument = call.args[0] if call.args else keyword(call, "path")
    if isinstance(argument, ast.Call):
        argument = argument.args[0]
    if isinstance(argument, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "{%s}" % ast.unparse(p.value) for p in argument.values)
        return "".join(parts)
    return argument.value if isinstance(argument, ast.Constant) else None


def keyword(call, name):
    return next((k.value for k in call.keywords if k.arg == name), None)


def transformed(tree):
    """The types that parameters are transformed to, wherever in `tree` that is done."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "maybe_transform" and len(node.args) == 2:
            kind = node.args[1]
            yield from (kind.body, kind.orelse) if isinstance(kind, ast.IfExp) else (kind,)


def verb_of(call):
    """Most lists are asked for with GET; some say otherwise."""
    said = keyword(call, "method")
    return said.value if isinstance(said, ast.Constant) else VERBS[call.func.attr]


def evaluated(module, node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "cast":
        node = node.args[1]
    try:
        return eval(ast.unparse(node), vars(module))  # noqa: S307 - the SDK's own source
    except (NameError, AttributeError, TypeError):
        return None


def body(module, source, call, in_path, schemas):
    """What the request's body may be. The SDK's types also name what stands in the path."""
    where = keyword(call, "body")
    nodes = list(transformed(where)) or (list(transformed(source)) if isinstance(where, ast.Name) else [])
    kinds = [kind for kind in (evaluated(module, node) for node in nodes) if kind is not None]
    if not kinds:
        return {}
    variants = [part for kind in kinds for part in (more.get_args(kind) or (kind,))]
    schema = either([without(schemas.of(part), in_path, schemas) for part in variants])
    types = ["multipart/form-data"] if keyword(call, "files") is not None else ["application/json"]
    if keyword(call, "files") is not None:
        types.append("application/json")
    return {"requestBody": {"content": {name: {"schema": schema} for name in types}}}


def either(schemas):
    """One alone stands for itself: the mock reads a form's words as numbers only then."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def without(schema, names, schemas):
    """A schema of an object without some of its fields."""
    named = schemas.named.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    if not set(names) & set(named.get("properties", {})):
        return schema
    properties = {name: kind for name, kind in named["properties"].items() if name not in names}
    required = [name for name in named.get("required", []) if name not in names]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def query(module, call, schemas):
    """The parameters of the query. What two variants of a method say differently may be anything."""
    found = {}
    for node in transformed(keyword(call, "options")):
        kind = evaluated(module, node)
        for part in more.get_args(kind) or (kind,):
            for name, schema in (schemas.fields(part)["properties"] if part else {}).items():
                found[name] = schema if found.get(name, schema) == schema else {}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in found.items()]


def answer(module, source, call, schemas):
    """What comes back: a page, a value, nothing, bytes, and events where the method can stream."""
    kind = evaluated(module, keyword(call, "page") or keyword(call, "cast_to") or ast.Constant(None))
    kind = kind or first_model(evaluated(module, source.body[0].returns))
    if kind is type(None) or getattr(kind, "__name__", "") == "NoneType":
        return {"204": {"description": "nothing"}}
    if getattr(kind, "__name__", "") == "HttpxBinaryResponseContent":
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {"application/json": {"schema": schemas.of(kind)}}
    stream = keyword(call, "stream_cls")
    events = evaluated(module, stream) if stream is not None else None
    if events is not None and more.get_args(events):
        content["text/event-stream"] = {"schema": either([schemas.of(event) for event in good(more.get_args(events)[0])])}
    return {"200": {"description": "done", "content": content}}


def good(event):
    """The events of a stream that goes well: the mock repeats the first that it may send."""
    kinds = more.get_args(unwrapped(event)) or (event,)
    return [kind for kind in kinds if "Error" not in getattr(kind, "__name__", "")]


def unwrapped(kind):
    return more.get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def first_model(kind):
    """Where the answer follows from what was asked: the first of the models that the method says it returns."""
    return next((part for part in more.get_args(kind) if hasattr(part, "model_fields")), kind)


def document():
    schemas, paths = Schemas(), {}
    for module, kind in resources():
        for source, call in calls(kind):
            path = path_of(call)
            if path is None:
                continue
            names = [part.split("}")[0] for part in path.split("{")[1:]]
            parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
            parameters += query(module, call, schemas)
            paths.setdefault(PREFIX + path.split("?")[0], {})[verb_of(call)] = {
                "parameters": parameters,
                **body(module, source, call, names, schemas),
                "responses": answer(module, source, call, schemas),
            }
    info = {"title": "openai, as its SDK calls it", "version": openai.__version__}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas.named}}


def write(file):
    """Writes the document, and says where it is."""
    file.write_text(json.dumps(document()))
    return file
