"""The mock that stands for the provider: it checks each request against an OpenAPI document and answers in its shape.
It must not know whether its client is an SDK or a gateway."""

import collections
import contextlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

from host import environment

READY_SECONDS = 60
# How the SDKs write lists and objects into queries and forms.
FORMATS = [f"--validator-{place}-{kind}-format=brackets" for place in ("query", "form") for kind in ("array", "object")]
# Said, because the mock looks for the variable CI otherwise, and then writes another form without these lines.
LOG = ["--no-color", "--log-format=text"]
ANSWERED = re.compile(r"\] ([A-Z]+) (\S+) → (\d+)")
# What is asked to see whether it is there: by these tests, and by the gateway's probes.
PROBES = re.compile(r"GET (/_x-steady/health|/v1/models) ")


@contextlib.contextmanager
def mock(program, document):
    """Runs it; gives its base URL and a function that tells what it was asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        command = [program, "--host", "127.0.0.1", "-p", str(port), *LOG, *FORMATS, document]
        process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait(process, f"http://127.0.0.1:{port}/_x-steady/health", log)
            yield f"http://127.0.0.1:{port}/v1", lambda: asked(log)
        finally:
            process.kill()
            process.wait()


def wait(process, url, log):
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url):
            return
        time.sleep(0.2)
    log.seek(0)
    raise SystemExit(f"the mock was not ready within {READY_SECONDS} s:\n{log.read()}")


def asked(log):
    """How often it was asked what, and how it answered."""
    log.seek(0)
    lines = (f"{method} {path} {status}" for method, path, status in ANSWERED.findall(log.read()))
    return collections.Counter(line for line in lines if not PROBES.match(line))
