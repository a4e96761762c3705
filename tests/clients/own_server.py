"""A server of a test's own, with settings that the shared one must not have."""
import os
import socket
import subprocess
import time

import requests

MODEL = "smollm2:135m"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class OwnServer:
    """with OwnServer(data=tmp_path, OLLAMA_MAX_QUEUE="2") as server: requests.get(server.url + "/api/tags")"""

    def __init__(self, data, models=(MODEL,), command=("serve",), ready=True, **settings):
        """`ready`: wait until it can answer; else only until it is there."""
        self.port, self.page_port = free_port(), free_port()
        self.path = "/readyz" if ready else "/healthz"
        self.url, self.page_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.page_port}"
        self.environment = {**os.environ, "SAMOVAR_DATA": str(data), "XDG_CACHE_HOME": str(data), **settings}
        self.environment.pop("OLLAMA_HOST", None)
        self.arguments = [os.environ["SAMOVAR_BINARY"], *command, "--api-port", str(self.port), "--port", str(self.page_port)]
        for model in models:
            self.arguments += ["--model", model]

    def move_to(self, port):
        """Before it is started: where its API shall be."""
        self.arguments[self.arguments.index("--api-port") + 1] = str(port)
        self.port, self.url = port, f"http://127.0.0.1:{port}"

    def __enter__(self):
        self.log = open(os.path.join(self.environment["SAMOVAR_DATA"], "server.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.arguments, env=self.environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(self.url + self.path, timeout=5).status_code == 200:
                    return self
            except requests.ConnectionError:
                pass
            time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError("the server did not become ready: " + self.log.read())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def begun_story(url, **more):
    """A story of which something has come already; close() ends it."""
    answer = story(url, n=3900, **more)
    answer.lines = answer.iter_lines()  # kept: an iterator that goes takes the connection with it
    next(answer.lines)
    return answer


def story(url, client=None, n=100, **more):
    """Asks for an answer of exactly `n` tokens, as a stream: those that would end it are forbidden."""
    body = {"model": MODEL, "prompt": "Once upon a time", "stream": True, "max_tokens": n, "temperature": 1, "seed": 1, "stop": ["\0"], "logit_bias": {"0": -100, "2": -100}}
    headers = {"Authorization": f"Bearer {client}"} if client else {}
    headers.update(more.pop("headers", {}))
    return requests.post(url + "/v1/completions", json={**body, **more}, headers=headers, stream=True, timeout=60)
