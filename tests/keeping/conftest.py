"""Servers that keep conversations, in SQLite and in PostgreSQL. Answers come from an upstream that only counts."""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from postgres import Postgres, find_programs
from upstream import Upstream

PROGRAM = os.environ["SAMOVAR_BINARY"]
KILLS = int(os.environ.get("SAMOVAR_TEST_KILLS", "25"))


def clean_environment(**more):
    unwanted = ("OLLAMA_", "SAMOVAR_", "PG")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(unwanted)}, "https_proxy": "http://127.0.0.1:1", **more}


def samovar(*arguments, timeout=60, **environment):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=timeout,
                          env=clean_environment(**environment))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, before=(), arguments=(), **environment):
        self.port = free_port()
        self.process = subprocess.Popen(
            [*before, PROGRAM, "serve", "--port", str(self.port), "--api-port", str(free_port()), "--drain", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(**environment))

    def wait_until_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stdout.read()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the server did not become ready")

    def kill(self):
        self.process.kill()
        self.process.wait()
        return self.process.stdout.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self.process.stdout.read()


class Page:
    """One browser: a cookie that holds over servers."""

    def __init__(self, server):
        self.move(server)
        with urllib.request.urlopen(f"{self.url}/ui/config", timeout=30) as answer:
            self.config = json.load(answer)
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def move(self, server):
        self.url = f"http://127.0.0.1:{server.port}"

    def open(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=60)

    def get(self, path):
        with self.open("GET", path) as answer:
            return json.load(answer)

    def messages(self, chat):
        return self.get(f"/ui/chats/{chat}")["messages"]

    def start(self, chat, message, text):
        return self.open("POST", f"/ui/chats/{chat}/runs", {"kind": "message", "message": {"id": message, "content": text}})

    def ask(self, chat, message, text):
        """All lines of an answer."""
        with self.start(chat, message, text) as answer:
            return [json.loads(line) for line in answer if line.strip()]

    def refused(self, method, path, body=None):
        """Status and error of a request that must fail."""
        try:
            with self.open(method, path, body) as answer:
                raise AssertionError(f"{path} was answered: {answer.read()[:200]}")
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["error"]


def wait_for(condition, seconds=20, what="it"):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


@pytest.fixture(scope="session")
def postgres():
    if find_programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = Postgres().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def upstream():
    server = Upstream()
    yield server
    server.close()


class Place:
    """Where a test's conversations are; `environment` says it to the program."""

    def __init__(self, kind, folder, url=None):
        self.kind, self.folder = kind, folder
        self.environment = {"SAMOVAR_DATA": str(folder)}
        if url:
            self.environment["SAMOVAR_DATABASE"] = url


@pytest.fixture
def make_place(request, tmp_path):
    made = []

    def make(kind):
        made.append(kind)
        folder = tmp_path / f"data{len(made)}"
        if kind == "sqlite":
            return Place(kind, folder)
        server = request.getfixturevalue("postgres")
        return Place(kind, folder, server.make_database(f"t{time.monotonic_ns()}"))

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, make_place):
    return make_place(request.param)


@pytest.fixture
def start(upstream):
    servers = []

    def begin(place, *arguments, **more):
        servers.append(Server(arguments=arguments, OLLAMA_HOST=upstream.url, **{**place.environment, **more}))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
