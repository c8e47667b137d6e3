"""The interface `http`: a test answers a status and a body to `http.send`, or `(response, blob)`.

The call that is noted has the body as text.
"""

from types import SimpleNamespace

from .host import Blob, answer

Request = SimpleNamespace


def send(request, body):
    request.body = None if body is None else body.read(0, body.size()).decode(errors="replace")
    status, given = answer("http.send", request)
    if isinstance(given, Blob):
        return status, given
    return SimpleNamespace(status=status, headers=[], attributes=[]), Blob(given)
