"""What the command line's tests share: the program, a store with SmolLM2, servers on free ports."""
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

PROGRAM = os.environ["SAMOVAR_BINARY"]
SMOLLM2 = os.environ["SAMOVAR_TEST_SMOLLM2"]


def clean_environment(**more):
    """The tests' own store stays; what the user may have set for Ollama does not. No test leaves this machine."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OLLAMA_") and k != "SAMOVAR_ISA"}
    return {**environment, "OLLAMA_NOHISTORY": "1", "https_proxy": "http://127.0.0.1:1", **more}


def samovar(*arguments, stdin="", timeout=60, **environment):
    return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout,
                          env=clean_environment(**environment))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`samovar serve` on free ports; `output` is all it printed."""

    def __init__(self, *arguments, **environment):
        self.port, self.api_port = free_port(), free_port()
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", str(self.port), "--api-port", str(self.api_port), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(**environment))
        self.output = ""

    def get(self, path, port=None, **headers):
        """Status, headers and body; errors of HTTP are answers too."""
        request = urllib.request.Request(f"http://127.0.0.1:{port or self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def wait_until_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stdout.read()
            try:
                if self.get("/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def stop(self, sent=signal.SIGTERM, seconds=20):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sent)
        try:
            self.output += self.process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode


@pytest.fixture
def start():
    """Starts servers and ends them with the test."""
    servers = []

    def begin(*arguments, **environment):
        servers.append(Server(*arguments, **environment))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


@pytest.fixture(scope="session")
def running():
    """One server with SmolLM2 for all tests that only talk to it."""
    server = Server("--model", "smollm2:135m").wait_until_ready()
    yield server
    server.stop()


def rows(table):
    """The cells of a printed table, columns being two or more spaces apart."""
    return [re.split(r"\s{2,}", line.strip()) for line in table.strip().splitlines()]
