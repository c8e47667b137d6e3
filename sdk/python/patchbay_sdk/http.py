"""HTTP to the origins that were granted. Grant: `http = ["api.example.com"]`. The host follows no redirect."""

import json as json_text
from dataclasses import dataclass
from typing import Any

from . import _host
from ._ask import ask
from ._blob import from_blob, to_blob
from ._value import dumped, pairs

_http = _host.interface("http")


@dataclass
class Response:
    """An answer: any status is one."""

    status: int
    headers: dict[str, str]
    """Names in lower case; a header that came twice has both values, with a comma between them."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        return json_text.loads(self.body)


def send(
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    body: str | bytes | None = None,
    json: Any = None,
    timeout_ms: int | None = None,
) -> Response:
    """Sends a request and waits for the whole answer, for at most 30 s.

    `{{secret:NAME}}` in the URL or in a header is filled in by the host. `json` is sent instead of a body.
    """
    headers = dict(headers or {})
    if json is not None:
        headers.setdefault("content-type", "application/json")
        body = dumped(json)
    request = _http.Request(
        method=method, url=url, headers=pairs(headers), timeout_ms=timeout_ms, attributes=[]
    )
    response, received = ask(_http.send, request, None if body is None else to_blob(body))
    return Response(response.status, _joined(response.headers), from_blob(received))


def get(url: str, **request: Any) -> Response:
    return send("GET", url, **request)


def post(url: str, **request: Any) -> Response:
    return send("POST", url, **request)


def _joined(headers):
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
