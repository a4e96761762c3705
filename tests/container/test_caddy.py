"""deploy/Caddyfile with Debian's Caddy in front of the program: HTTPS, words as they come, who is behind the proxy."""
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.request

import pytest
from conftest import MODEL, PROGRAM, ROOT, SMOLLM2


def fetch_caddy():
    """Unpacked, not installed: its package would start a service."""
    folder = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "samovar/caddy"
    program = folder / "usr/bin/caddy"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "-q", "download", "caddy"], cwd=folder, check=True, timeout=120)
        subprocess.run(["dpkg-deb", "-x", str(next(folder.glob("caddy_*.deb"))), str(folder)], check=True, timeout=60)
    return program


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("0.0.0.0", 80))
        except OSError as error:
            pytest.skip(f"Caddy's redirects need port 80: {error}")
    folder = tmp_path_factory.mktemp("caddy")
    port, secure_port = free_port(), free_port()
    environment = {**os.environ, "SAMOVAR_MODELS": str(folder / "models"), "SAMOVAR_DATA": str(folder / "data"), "SAMOVAR_TRUSTED_PROXIES": "127.0.0.1",
                   "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
                   "SITE": f"localhost:{secure_port}", "UPSTREAM": f"127.0.0.1:{port}"}
    environment.pop("OLLAMA_HOST", None)
    # Its own authority is for this test only.
    (folder / "Caddyfile").write_text(f"{{\n\tskip_install_trust\n}}\nimport {ROOT / 'deploy/Caddyfile'}\n")
    subprocess.run([PROGRAM, "import", SMOLLM2, MODEL], env=environment, check=True, timeout=60)
    with open(folder / "log", "w") as log:
        started = [subprocess.Popen(command, env=environment, stdout=log, stderr=log) for command in (
            [PROGRAM, "serve", "--port", str(port), "--api-port", "0"],
            [str(fetch_caddy()), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"])]
    certificate = folder / "caddy/pki/authorities/local/root.crt"
    opener, deadline = None, time.monotonic() + 30
    while True:
        try:
            if certificate.exists():
                opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate))), urllib.request.ProxyHandler({}))
                opener.open(f"https://localhost:{secure_port}/readyz", timeout=5)
                break
        except OSError:
            pass
        if time.monotonic() > deadline:
            end(started)
            raise AssertionError((folder / "log").read_text()[-3000:])
        time.sleep(0.2)
    opener.address = f"https://localhost:{secure_port}"
    yield opener
    end(started)


def end(processes):
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(20)


def test_the_page_comes_over_https(site):
    with site.open(site.address + "/", timeout=10) as page:
        assert b"<title>Samovar" in page.read()
        assert "max-age" in page.headers["Strict-Transport-Security"]
    with site.open(site.address + "/ui/config", timeout=10) as config:
        assert json.load(config)["name"] == "Samovar"


def test_words_come_as_they_are_made(site):
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Tell me a long story."}], "options": {"num_predict": 150}}
    request = urllib.request.Request(site.address + "/api/chat", json.dumps(body).encode(), {"Content-Type": "application/json"})
    times = []
    with site.open(request, timeout=60) as answer:
        for line in answer:
            times.append(time.monotonic())
            last = json.loads(line)
    assert last["done"] and len(times) > 20
    # Held back, they would come in one heap.
    assert times[len(times) // 2] - times[0] > 0.2 * (times[-1] - times[0])
    assert len({round(t, 3) for t in times}) > len(times) / 3
