"""The interface `kv`: a real little store."""

from .host import current


def get(key):
    return current().kept.get(key)


def set(key, value):
    current().kept[key] = value


def delete(key):
    return current().kept.pop(key, None) is not None


def keys(prefix, after, count):
    found = sorted(key for key in current().kept if key.startswith(prefix))
    return [key for key in found if after is None or key > after][:count]
