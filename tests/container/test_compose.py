"""compose.yaml as it is, started by a real Compose: by itself, and with Caddy in front for HTTPS."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from conftest import IMAGE, MODEL, ROOT
from test_caddy import fetch_caddy, free_port

CADDY = "caddy:2.8-alpine"
PROJECT = "samovar-test-compose"


class Stack:
    def __init__(self, docker, command, **settings):
        self.docker, self.command = docker, command
        self.environment = {**docker.environment, "IMAGE": IMAGE, **settings}
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self("down", "-v", "--remove-orphans", check=False)

    def __call__(self, *arguments, check=True):
        done = subprocess.run([*self.command, "-p", PROJECT, "-f", str(ROOT / "compose.yaml"), *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=180, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def container(self, service):
        return self("ps", "-q", service).strip()

    def inspect(self, service):
        return json.loads(self.docker.text("inspect", self.container(service)))[0]

    def open(self, url, body=None, cookie="", timeout=60):
        data = None if body is None else json.dumps(body).encode()
        return self.opener.open(urllib.request.Request(url, data, {"Content-Type": "application/json", "Cookie": cookie}), timeout=timeout)

    def get(self, url, **more):
        with self.open(url, **more) as answer:
            return json.load(answer)

    def wait_for(self, url, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.open(url, timeout=5) as answer:
                    return answer.status
            except (OSError, urllib.error.URLError) as error:
                assert time.monotonic() < deadline, f"{error}: " + self("logs", check=False)[-3000:]
                time.sleep(0.3)


@pytest.fixture
def start(docker, image):
    command = docker.find_compose()
    if command is None:
        pytest.skip("no Compose is installed (Debian: docker-compose)")
    made = []

    def begin(*arguments, **settings):
        made.append(Stack(docker, command, **settings))
        made[-1](*arguments)
        return made[-1]

    yield begin
    for stack in made:
        stack("--profile", "https", "down", "-v", "--remove-orphans", check=False)


def converse(stack, address):
    with stack.open(address + "/ui/config") as config:
        cookie = config.headers["Set-Cookie"].split(";")[0]
    body = {"message": {"id": "q1", "content": "Hello"}, "settings": {"temperature": 0, "max_tokens": 6}}
    with stack.open(address + "/ui/chats/c1/runs", body, cookie) as answer:
        assert json.loads(answer.read().splitlines()[-1])["type"] == "stats-final"
    return cookie, stack.get(address + "/ui/chats/c1", cookie=cookie)["messages"]


def test_by_itself(start):
    port = free_port()
    stack = start("up", "-d", "--no-build", PORT=f"127.0.0.1:{port}")
    address = f"http://127.0.0.1:{port}"
    stack.wait_for(address + "/readyz")
    assert stack.container("samovar") and not stack.container("caddy"), "Caddy is for those who ask for it"
    assert [model["name"] for model in stack.get(address + "/api/tags")["models"]] == [MODEL]
    cookie, kept = converse(stack, address)

    made = stack.inspect("samovar")
    assert made["HostConfig"]["ReadonlyRootfs"] and made["HostConfig"]["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in made["HostConfig"]["SecurityOpt"] and made["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert made["Config"]["StopTimeout"] == 40
    deadline = time.monotonic() + 60
    while stack.inspect("samovar")["State"]["Health"]["Status"] != "healthy":
        assert time.monotonic() < deadline, stack.inspect("samovar")["State"]["Health"]
        time.sleep(0.5)

    # Restarted, and made anew as after an update.
    stack("restart", "samovar")
    stack.wait_for(address + "/readyz")
    assert stack.get(address + "/ui/chats/c1", cookie=cookie)["messages"] == kept
    stack("down")
    stack("up", "-d", "--no-build")
    stack.wait_for(address + "/readyz")
    assert stack.get(address + "/ui/chats/c1", cookie=cookie)["messages"] == kept


def provide_caddy(docker, folder):
    """Compose's image of Caddy; where no registry gives it, Debian's program in one of that name."""
    if docker("image", "inspect", CADDY, check=False).returncode == 0:
        return
    if docker("pull", "-q", CADDY, check=False, timeout=300).returncode == 0:
        return
    shutil.copy(fetch_caddy(), folder / "caddy")
    (folder / "Dockerfile").write_text('FROM debian:bookworm-slim\nCOPY caddy /usr/bin/caddy\nENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config\n'
                                       'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]\n')
    docker("build", "-q", "-t", CADDY, str(folder), timeout=300)


def are_free(*ports):
    for port in ports:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def test_with_https(docker, start, tmp_path):
    if not are_free(80, 443):
        pytest.skip("ports 80 and 443 are taken here")
    provide_caddy(docker, tmp_path)
    port = free_port()
    stack = start("--profile", "https", "up", "-d", "--no-build", SITE="localhost", PORT=f"127.0.0.1:{port}", TRUSTED_PROXIES="172.16.0.0/12")
    stack.wait_for(f"http://127.0.0.1:{port}/readyz")
    # For a domain there is a public authority; localhost gets one of Caddy's own.
    certificate = tmp_path / "root.crt"
    deadline = time.monotonic() + 60
    while docker("cp", f"{stack.container('caddy')}:/data/caddy/pki/authorities/local/root.crt", str(certificate), check=False).returncode != 0:
        assert time.monotonic() < deadline, stack("logs", check=False)[-3000:]
        time.sleep(0.3)
    os.chmod(certificate, 0o644)
    context = ssl.create_default_context(cafile=str(certificate))
    stack.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    stack.wait_for("https://localhost/readyz")
    cookie, _ = converse(stack, "https://localhost")
    with stack.open("https://localhost/") as page:
        assert b"<title>" in page.read() and "max-age" in page.headers["Strict-Transport-Security"]
    # Plain requests are sent to HTTPS, and the program knows that browsers came that way.
    with stack.open("http://localhost/healthz") as answer:
        assert answer.url == "https://localhost/healthz"
    with pytest.raises(urllib.error.HTTPError) as refused:
        stack.open("https://localhost/ui/chats/c2/runs", {"message": {"id": "", "content": ""}}, cookie)
    assert refused.value.code == 400
    stack("restart", "samovar")
    stack.wait_for("https://localhost/readyz")
    assert len(stack.get("https://localhost/ui/chats/c1", cookie=cookie)["messages"]) == 2
