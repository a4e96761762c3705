"""What the registry's tests share: the program with a store of its own, Debian's registry, and a bad one."""
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from faulty_registry import FaultyRegistry  # noqa: E402

PROGRAM = os.environ["SAMOVAR_BINARY"]
SMOLLM2 = os.environ["SAMOVAR_TEST_SMOLLM2"]
TINY = str(pathlib.Path(__file__).parent.parent / "data/model/tiny-llama.gguf")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Samovar:
    """The program's commands on a store under `root`."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        keep = {k: v for k, v in os.environ.items() if not k.startswith("OLLAMA_") and not k.lower().endswith("_proxy")}
        self.environment = {**keep, "SAMOVAR_MODELS": str(self.root), "HOME": str(self.root.parent)}

    def start(self, *arguments, **more):
        return subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **more})

    def __call__(self, *arguments, **more):
        process = self.start(*arguments, **more)
        process.output, process.errors = process.communicate(timeout=50)
        return process

    def names(self):
        return [line.split()[0] for line in self("list").output.splitlines()[1:]]

    def blobs(self):
        folder = self.root / "blobs"
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []

    def check(self):
        """Every blob is whole and there is nothing unfinished."""
        for name in self.blobs():
            assert name == "sha256-" + hashlib.sha256((self.root / "blobs" / name).read_bytes()).hexdigest()


@pytest.fixture
def samovar(tmp_path):
    return Samovar(tmp_path / "models")


@pytest.fixture
def other(tmp_path):
    return Samovar(tmp_path / "other")


def wait_for(url, process, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended by itself"
        try:
            return urllib.request.urlopen(url, timeout=2)
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """The address of Debian's docker-registry."""
    binary = os.environ.get("SAMOVAR_TEST_REGISTRY") or shutil.which("docker-registry")
    assert binary, "docker-registry is missing (./test fetches it)"
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    config = folder / "config.json"
    config.write_text(json.dumps({"version": "0.1", "log": {"level": "error"},
                                  "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
                                  "http": {"addr": f"127.0.0.1:{port}"}}))
    with open(folder / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen([binary, "serve", str(config)], stdout=log, stderr=log)
    wait_for(f"http://127.0.0.1:{port}/v2/", process)
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def bad(request):
    """A registry that misbehaves as the test tells it to, with one model "library/m"."""
    file = getattr(request, "param", TINY)
    with FaultyRegistry(pathlib.Path(file)) as registry:
        yield registry


@pytest.fixture
def serve(samovar):
    """Starts the server on the store; gives the API's address."""
    processes = []

    def begin(**more):
        port, api_port = free_port(), free_port()
        processes.append(samovar.start("serve", "--port", str(port), "--api-port", str(api_port), **more))
        wait_for(f"http://127.0.0.1:{api_port}/healthz", processes[-1])
        return f"http://127.0.0.1:{api_port}"

    yield begin
    for process in processes:
        process.kill()
        process.communicate()
