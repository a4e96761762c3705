"""The image, built once from the Dockerfile with a model from a registry of the test's own, and containers of it."""
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from engine import Engine

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ["SAMOVAR_BINARY"]
SMOLLM2 = os.environ["SAMOVAR_TEST_SMOLLM2"]
REGISTRY = os.environ["SAMOVAR_TEST_REGISTRY"]
IMAGE = "localhost/samovar:test"
MODEL = "smollm2:135m"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="session")
def docker(tmp_path_factory):
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def registry(docker, tmp_path_factory):
    """HOST:PORT under which a build reaches a registry that has MODEL."""
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as s:
        s.bind(("0.0.0.0", 0))
        port = s.getsockname()[1]
    config = {"version": "0.1", "log": {"level": "error"}, "http": {"addr": f"0.0.0.0:{port}"},
              "storage": {"filesystem": {"rootdirectory": str(folder / "data")}}}
    (folder / "config.yml").write_text(json.dumps(config))
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([REGISTRY, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    store = {**os.environ, "SAMOVAR_MODELS": str(folder / "models")}
    name = f"127.0.0.1:{port}/library/{MODEL}"
    subprocess.run([PROGRAM, "import", SMOLLM2, name], env=store, check=True, timeout=60)
    subprocess.run([PROGRAM, "push", "--insecure", name], env=store, check=True, timeout=120)
    gateway = docker.text("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}")
    yield f"{gateway or '172.17.0.1'}:{port}"
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def image(docker, registry, tmp_path_factory):
    docker.provide_base(tmp_path_factory.mktemp("base"))
    secret = ["--secret", f"id=ca,src={CERTIFICATES}"] if os.path.exists(CERTIFICATES) else []
    docker("build", "--progress=plain", "-t", IMAGE, "--build-arg", f"MODEL={MODEL}", "--build-arg",
           f"REGISTRY={registry}", *secret, str(ROOT), timeout=1800)
    return IMAGE


class Container:
    """One that is removed, with its volume, at the end."""

    def __init__(self, docker, name, *options, command=()):
        self.docker, self.name, self.volume = docker, name, name + "-data"
        docker("rm", "-f", name, check=False)
        docker("run", "-d", "--name", name, "-p", "127.0.0.1::8000", "-v", f"{self.volume}:/data", *options, IMAGE,
               *command)
        self.cookie = ""

    def url(self, path):
        # Asked anew each time: a random port changes when the container starts again.
        address = self.docker.text("port", self.name, "8000/tcp").splitlines()[0]
        return f"http://{address}{path}"

    def open(self, path, body=None, timeout=60):
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.urlopen(urllib.request.Request(self.url(path), data, headers), timeout=timeout)

    def get(self, path):
        with self.open(path) as answer:
            return json.load(answer)

    def lines(self, path, body):
        with self.open(path, body) as answer:
            return [json.loads(line) for line in answer if line.strip()]

    def log_in(self):
        with self.open("/ui/config") as answer:
            self.cookie = (answer.headers["Set-Cookie"] or self.cookie).split(";")[0]
            return json.load(answer)

    def ask(self, chat, text, **settings):
        return self.lines(f"/ui/chats/{chat}/runs", {
            "kind": "message", "message": {"id": f"q{time.monotonic_ns()}", "content": text},
            "settings": {"temperature": 0, "max_tokens": 12, **settings}})

    def inspect(self, what):
        return self.docker.text("inspect", "-f", "{{" + what + "}}", self.name)

    def wait_until(self, path="/readyz", seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.open(path, timeout=5) as answer:
                    return answer.status
            except (OSError, urllib.error.URLError, AssertionError, IndexError):
                assert time.monotonic() < deadline, self.docker("logs", self.name).stderr[-3000:]
                time.sleep(0.2)

    def remove(self):
        self.docker("rm", "-f", self.name, check=False)
        self.docker("volume", "rm", "-f", self.volume, check=False)


@pytest.fixture
def start(docker, image):
    """start(*docker options, command=()) -> Container that answers."""
    running = []

    def start_one(*options, command=(), wait=True):
        container = Container(docker, f"samovar-test-{len(running)}", *options, command=command)
        running.append(container)
        if wait:
            container.wait_until()
        return container

    yield start_one
    for container in running:
        container.remove()
