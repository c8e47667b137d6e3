"""A provider that speaks Anthropic's protocol and plays what a test tells it: an HTTP server of the standard library. It
must not know the gateway."""

import contextlib
import http.server
import json
import threading

TEXT = ["Hel", "lo ", "world"]
USAGE = {"input_tokens": 20, "output_tokens": 5, "cache_read_input_tokens": 8, "cache_creation_input_tokens": 4}
# What the provider says, by the status that it says it with.
ERRORS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}


class Provider(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []  # Each request: path, headers, body.
        self.status = 200  # What is answered from now on.
        self.breaks = None  # How a stream ends early: "error" or "close".

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """A client may go away."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nothing is logged."""

    def do_GET(self):
        self.send(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, headers, body))
        if self.server.status != 200:
            return self.send(self.server.status, error(ERRORS[self.server.status]))
        if self.path.endswith("/count_tokens"):
            return self.send(200, {"input_tokens": 20})
        if body.get("stream"):
            return self.stream(body["model"])
        return self.send(200, message(body["model"], [{"type": "text", "text": "".join(TEXT)}], "end_turn", USAGE))

    def send(self, status, value):
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self, model):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in self.until_break(events(model)):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def until_break(self, told):
        """All events, or those up to the first word and what breaks the stream."""
        for event in told:
            yield event
            if self.server.breaks and event["type"] == "content_block_delta":
                if self.server.breaks == "error":
                    yield error("overloaded_error")
                return


def error(kind):
    return {"type": "error", "error": {"type": kind, "message": f"the provider says {kind}"}}


def message(model, content, stop_reason, usage):
    fixed = {"id": "msg_1", "type": "message", "role": "assistant", "stop_sequence": None}
    return {**fixed, "model": model, "content": content, "stop_reason": stop_reason, "usage": usage}


def events(model):
    """A whole stream. The usage is told in two parts, as the protocol has it."""
    begun = {**USAGE, "output_tokens": 1}
    yield {"type": "message_start", "message": message(model, [], None, begun)}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "ping"}
    for word in TEXT:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"output_tokens": USAGE["output_tokens"]}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": ended}
    yield {"type": "message_stop"}


@contextlib.contextmanager
def provider():
    with Provider() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
