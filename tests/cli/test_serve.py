"""`samovar serve`: addresses, page, health, signals, and what it says when it cannot start."""
import gzip
import json
import re
import signal
import socket
import time

import pytest
from conftest import SMOLLM2, samovar


def test_prints_the_address_and_serves_the_page(start):
    server = start("--model", "smollm2:135m").wait_until_ready()
    status, headers, body = server.get("/")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-cache"
    assets = re.findall(rb'(?:src|href)="(/assets/[^"]+)"', body)
    assert assets
    for asset in assets:
        status, headers, plain = server.get(asset.decode())
        assert status == 200 and "immutable" in headers["Cache-Control"]
        status, headers, packed = server.get(asset.decode(), **{"Accept-Encoding": "gzip"})
        if headers["Content-Encoding"] == "gzip":
            assert gzip.decompress(packed) == plain
        assert server.get(asset.decode(), **{"Accept-Encoding": "gzip", "If-None-Match": headers["ETag"]})[0] == 304
    assert server.stop() == 0
    assert f"http://localhost:{server.port}" in server.output
    assert f"http://localhost:{server.api_port}" in server.output


def test_says_when_the_model_is_ready(start):
    server = start("--model", "smollm2:135m")
    for line in server.process.stdout:  # ends with the server
        if "smollm2:135m is ready" in line:
            break
    else:
        raise AssertionError("the server ended without a word about its model")
    assert server.stop() == 0


def test_upstream_that_is_not_there_yet(start):
    server = start(OLLAMA_HOST="http://127.0.0.1:1")
    while server.process.poll() is None:
        try:
            status, _, body = server.get("/readyz")
            break
        except OSError:
            time.sleep(0.05)
    assert status == 503 and b"127.0.0.1:1" in body
    assert server.get("/")[0] == 200
    assert server.stop() == 0
    assert "http://127.0.0.1:1" in server.output


def test_both_ports_speak_the_api(running):
    for port in (running.port, running.api_port):
        assert json.loads(running.get("/api/version", port)[2])["version"]
        assert [m["name"] for m in json.loads(running.get("/api/tags", port)[2])["models"]]
        assert running.get("/healthz", port)[0] == 200
        assert running.get("/readyz", port)[0] == 200
    assert running.get("/", running.api_port)[2] == b"Ollama is running"
    assert running.get("/nosuch", running.api_port)[0] == 404


def test_page_configuration(running):
    config = json.loads(running.get("/ui/config")[2])
    assert config["default_model"] == "smollm2:135m"
    assert config["welcome"]["en"] and config["welcome"]["ru"]
    assert config["backend"]["kind"] == "engine"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(start, sent):
    server = start("--model", "smollm2:135m").wait_until_ready()
    begun = time.monotonic()
    assert server.stop(sent) == 0
    assert time.monotonic() - begun < 10


def test_port_in_use_names_port_and_owner(start, running):
    result = samovar("serve", "--port", str(running.port), "--api-port", "0")
    assert result.returncode == 1
    assert str(running.port) in result.stderr and "--port" in result.stderr
    assert "samovar" in result.stderr.split("--port")[0]
    result = samovar("serve", "--port", "0", "--api-port", str(running.api_port))
    assert result.returncode == 1
    assert str(running.api_port) in result.stderr and "--api-port" in result.stderr


def test_missing_model_says_what_to_do():
    result = samovar("serve", "--port", "0", "--api-port", "0", "--model", "gemma2:2b")
    assert result.returncode == 1
    assert "model 'gemma2:2b' not found" in result.stderr
    assert "smollm2:135m" in result.stderr and "samovar import" in result.stderr


def test_empty_store_still_serves(start, tmp_path):
    server = start(SAMOVAR_MODELS=str(tmp_path / "empty")).wait_until_ready()
    assert json.loads(server.get("/ui/models")[2]) == {"models": []}
    assert server.stop() == 0
    assert "samovar import" in server.output


def test_broken_model_is_an_error_of_the_command(tmp_path):
    store = str(tmp_path / "store")
    assert samovar("import", SMOLLM2, "x", SAMOVAR_MODELS=store).returncode == 0
    blob = max((tmp_path / "store" / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    content = blob.read_bytes()
    blob.unlink()  # the import may have linked the cached file itself
    blob.write_bytes(content[:1_000_000])
    result = samovar("serve", "--port", "0", "--api-port", "0", "--model", "x", SAMOVAR_MODELS=store)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")


def test_wrong_address_and_settings():
    result = samovar("serve", "--host", "256.1.1.1", "--port", "0", "--api-port", "0")
    assert result.returncode == 1 and "256.1.1.1" in result.stderr
    assert samovar("serve", "--port", "70000").returncode == 2
    result = samovar("serve", "--port", "0", "--api-port", "0", OLLAMA_NUM_PARALLEL="many")
    assert result.returncode == 1 and "OLLAMA_NUM_PARALLEL" in result.stderr
    result = samovar("serve", "--port", "0", "--api-port", "0", OLLAMA_HOST="http://no host")
    assert result.returncode == 1 and "OLLAMA_HOST" in result.stderr


def test_upstream_answers_instead_of_the_engine(start, running):
    front = start(OLLAMA_HOST=f"http://127.0.0.1:{running.api_port}", SAMOVAR_MODELS="/nonexistent").wait_until_ready()
    config = json.loads(front.get("/ui/config")[2])
    assert config["backend"]["kind"] == "ollama"
    assert "smollm2:135m" in [m["name"] for m in json.loads(front.get("/ui/models")[2])["models"]]
    assert front.stop() == 0


def test_second_signal_ends_it_at_once(start):
    server = start("--model", "smollm2:135m").wait_until_ready()
    body = json.dumps({"model": "smollm2:135m", "prompt": "Write a long story.", "options": {"num_predict": 4000}})
    with socket.create_connection(("127.0.0.1", server.api_port)) as client:
        client.sendall(f"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        begun = time.monotonic()
        assert server.stop(signal.SIGTERM) in (0, 128 + signal.SIGTERM)
        assert time.monotonic() - begun < 3
