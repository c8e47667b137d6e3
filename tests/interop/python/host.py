"""A Patchbay for a test: its own folder, free ports, set up with its command line, gone at the end. It must not know
what any test asks of it."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

READY_SECONDS = 60
STOP_SECONDS = 20

# What would send a test's requests elsewhere.
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def environment(**more):
    """The environment without proxies and without keys of the machine's owner."""
    hidden = ("OPENAI_", "ANTHROPIC_", "PATCHBAY_")
    kept = {k: v for k, v in os.environ.items() if k.lower() not in PROXIES and not k.startswith(hidden)}
    return {**kept, **more}


class Refused(Exception):
    """A command of the host's failed; what it said."""


class Host:
    """`with Host(binary, config) as host:`"""

    def __init__(self, binary, config=""):
        self.binary, self.config = str(binary), config
        self.end = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="patchbay-interop-")))
            self.folder /= "host"
            self.cli("init")
            (self.folder / "patchbay.toml").write_text(self.config)
            self.log = stack.enter_context(open(self.folder.with_name("log"), "w+"))
            self.process = self.serve()
            stack.callback(self.stop)
            self.url = self.ready()
            self.end = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.end.close()

    def serve(self):
        ports = ("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
        command = [self.binary, "--dir", self.folder, "serve", *ports]
        return subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def ready(self):
        """The base URL, as soon as there is one."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            # Before it listens on its socket, the folder is locked and the command fails.
            if (self.folder / "admin.sock").exists():
                with contextlib.suppress(Refused):
                    return self.json("status")["address"]["api"]
            time.sleep(0.1)
        raise SystemExit(f"the host was not ready within {READY_SECONDS} s; its log:\n{self.logged()}")

    def logged(self):
        return self.folder.with_name("log").read_text()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cli(self, *words):
        """What a command prints."""
        command = [self.binary, "--dir", self.folder, *words]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Refused(f"{words}: {done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.cli(*words, "--json"))

    def key(self, agent, *limits):
        return self.cli("key", "create", agent, *limits).strip()
