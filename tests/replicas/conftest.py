"""Samovars behind HAProxy on one PostgreSQL, all of them started on loopback by the test.

SAMOVAR_TEST_HAPROXY: the program. PostgreSQL's programs are those of Debian's package."""
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/clients"), str(ROOT / "tests/keeping")]
from postgres import Postgres  # noqa: E402
MODEL = "smollm2:135m"
NAMES = ("one", "two", "three")
PARALLEL_OF_ONE, QUEUE_OF_ONE = 4, 2  # the first replica is soon full


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=30, what="it"):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return found


class Replica:
    def __init__(self, name, folder, database, **settings):
        self.name, self.port, self.api_port = name, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder / name
        self.folder.mkdir()
        self.environment = {**os.environ, "SAMOVAR_DATA": str(self.folder), "XDG_CACHE_HOME": str(self.folder), "SAMOVAR_DATABASE": database, "OLLAMA_NUM_PARALLEL": "16", "OLLAMA_CONTEXT_LENGTH": "1024", **settings}
        for name in ("OLLAMA_HOST", "SAMOVAR_UPSTREAM"):
            self.environment.pop(name, None)

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([os.environ["SAMOVAR_BINARY"], "serve", "--threads", "1", "--port", str(self.port), "--api-port", str(self.api_port), "--model", MODEL], env=self.environment, stdout=self.log, stderr=self.log)

    def is_ready(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return requests.get(self.url + "/readyz", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=20)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        self.log.close()


class Cluster:
    def __init__(self, folder, database):
        small = {"OLLAMA_NUM_PARALLEL": str(PARALLEL_OF_ONE), "OLLAMA_MAX_QUEUE": str(QUEUE_OF_ONE)}
        self.replicas = {name: Replica(name, folder, database, **(small if name == "one" else {})) for name in NAMES}
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        for replica in self.replicas.values():
            replica.start()
            wait_for(replica.is_ready, 60, replica.name)
        program = Path(os.environ["SAMOVAR_TEST_HAPROXY"])
        libraries = ":".join(map(str, program.parents[1].glob("lib/*-linux-gnu")))
        environment = {**os.environ, "HAPROXY_BIND": f"127.0.0.1:{self.port}", "HAPROXY_ADMIN_SOCKET": str(self.folder / "admin.sock")}
        if libraries:
            environment["LD_LIBRARY_PATH"] = libraries
        for name, replica in self.replicas.items():
            environment[f"SAMOVAR_{name.upper()}"] = f"127.0.0.1:{replica.port}"
        self.log = open(self.folder / "haproxy.log", "wb")
        arguments = [program, "-db", "-f", ROOT / "deploy/haproxy.cfg"]
        subprocess.run([*arguments, "-c"], check=True, env=environment, capture_output=True)
        self.process = subprocess.Popen(arguments, env=environment, stdout=self.log, stderr=self.log)
        wait_for(lambda: self.states() == {name: "UP" for name in NAMES}, what="HAProxy")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        for replica in self.replicas.values():
            replica.stop()
        self.log.close()

    def command(self, text):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "admin.sock"))
            admin.sendall(text.encode() + b"\n")
            return b"".join(iter(lambda: admin.recv(65536), b"")).decode()

    def states(self):
        try:
            lines = self.command("show stat").splitlines()
        except OSError:
            return None
        columns = lines[0].lstrip("# ").split(",")
        rows = [dict(zip(columns, line.split(","))) for line in lines[1:] if line]
        return {row["svname"]: row["status"].split()[0] for row in rows if row["pxname"] == "samovar" and row["svname"] in NAMES}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    postgres = Postgres().start()
    try:
        with Cluster(tmp_path_factory.mktemp("replicas"), postgres.make_database("samovar")) as running:
            yield running
    finally:
        postgres.remove()
