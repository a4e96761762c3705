"""Clients that misbehave: the server stays up, stays small, and serves the others."""
import asyncio
import json
import socket
import time

import pytest
import requests
from own_server import MODEL, OwnServer, story


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with OwnServer(tmp_path_factory.mktemp("data"), OLLAMA_NUM_PARALLEL="2") as running:
        yield running


def queue(server):
    return requests.get(server.url + "/api/queue", timeout=10).json()


def is_well(server):
    answer = requests.post(server.url + "/api/generate", json={"model": MODEL, "prompt": "Hi", "stream": False, "options": {"num_predict": 2}}, timeout=30)
    return answer.status_code == 200


def wait_until_idle(server, seconds=5):
    deadline = time.monotonic() + seconds
    while (lambda q: q["running"] + q["waiting"])(queue(server)):
        assert time.monotonic() < deadline, queue(server)
        time.sleep(0.02)


def raw(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def request_bytes(path, body):
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


LONG = json.dumps({"model": MODEL, "prompt": "Once upon a time", "stream": True, "max_tokens": 3900, "temperature": 1, "logit_bias": {"0": -100, "2": -100}}).encode()


def test_clients_that_vanish_in_mid_stream_and_in_line(server):
    connections = [raw(server) for _ in range(12)]
    for connection in connections:
        connection.sendall(request_bytes("/v1/completions", LONG))
    connections[0].recv(100)
    deadline = time.monotonic() + 10
    while queue(server)["running"] < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert queue(server)["running"] + queue(server)["waiting"] == 12
    for connection in connections:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # a reset, not a goodbye
        connection.close()
    wait_until_idle(server, 3)
    assert is_well(server)


def test_a_reader_that_does_not_read_takes_no_memory(server):
    before = server.resident_bytes()
    body = json.dumps({"model": MODEL, "prompt": "[1, 2, 3,", "raw": True, "logprobs": True, "top_logprobs": 20, "options": {"num_predict": 200, "temperature": 0, "stop": []}}).encode()
    slow = []
    for _ in range(3):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(request_bytes("/api/generate", body))
        slow.append(connection)
    wait_until_idle(server, 60)
    assert server.resident_bytes() - before < 60e6
    assert is_well(server)
    for connection in slow:
        connection.close()


def test_half_requests_keep_nobody_waiting(server):
    halves = []
    for i in range(200):
        connection = raw(server)
        connection.sendall((b"POST /api/chat HTT", b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nX-A: ", request_bytes("/api/chat", b"{" * 50)[:-20])[i % 3])
        halves.append(connection)
    assert is_well(server) and queue(server)["waiting"] == 0
    for connection in halves:
        connection.close()


def test_a_thousand_connections_at_once(server):
    async def ask(i):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.sleep(0.2)  # all of them are open now
        path = "/api/tags" if i % 10 else "/api/queue"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer.startswith(b"HTTP/1.1 200")

    async def all_of_them():
        return await asyncio.gather(*(ask(i) for i in range(1000)))

    assert sum(asyncio.run(all_of_them())) == 1000
    assert is_well(server)


def test_a_thousand_requests_for_answers(server):
    """More than may wait: each is answered or told when to come again."""
    body = json.dumps({"model": MODEL, "prompt": "x", "raw": True, "stream": False, "options": {"num_predict": 1}}).encode()

    async def ask():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request_bytes("/api/generate", body))
        status = (await reader.readline()).split()[1]
        writer.close()
        return int(status)

    async def all_of_them():
        return await asyncio.gather(*(ask() for _ in range(1000)))

    statuses = asyncio.run(all_of_them())
    assert set(statuses) <= {200, 503} and statuses.count(200) >= 500, {s: statuses.count(s) for s in set(statuses)}
    wait_until_idle(server)


def test_wrong_bodies(server):
    def post(path, data):
        answer = requests.post(server.url + path, data=data, timeout=60)
        return answer.status_code, answer.text

    big = b'{"model":"' + MODEL.encode() + b'","prompt":"' + b"x" * 10_000_000 + b'"}'
    status, text = post("/api/generate", big)
    assert status == 400 and "the context holds" in text
    for values in (b"[" + b"1," * 5_000_000 + b"1]", b'{"a":' * 50_000):
        assert post("/api/generate", values)[0] == 400
    assert requests.post(server.url + "/api/chat", data=b" " * (65 << 20), timeout=60).status_code == 413
    for option in ('"temperature":NaN', '"temperature":Infinity', '"num_ctx":"many"', '"stop":5', '"top_p":[]'):
        status, text = post("/api/generate", ('{"model":"%s","prompt":"x","options":{%s}}' % (MODEL, option)).encode())
        assert status == 400 and '"error":' in text, (option, text)
    for name, value in (("num_predict", -7), ("num_ctx", -1), ("top_k", -5), ("num_keep", -9), ("repeat_last_n", -3)):
        status, text = post("/api/generate", json.dumps({"model": MODEL, "prompt": "x", "options": {name: value}}).encode())
        assert status == 400 and f'option \\"{name}\\" must be at least' in text and text.count(str(value)) == 1, text
    for options in ({"top_k": -1}, {"num_keep": -1}, {"repeat_last_n": -1}, {"seed": -4}):  # these have a meaning
        status, text = post("/api/generate", json.dumps({"model": MODEL, "prompt": "x", "stream": False, "options": {"num_predict": 2, **options}}).encode())
        assert status == 200, (options, text)
    for path, body in (("/v1/completions", {"prompt": "x"}), ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}]}), ("/v1/responses", {"input": "x"})):
        field = "max_output_tokens" if path.endswith("responses") else "max_tokens"
        status, text = post(path, json.dumps({"model": MODEL, **body, field: -5}).encode())
        assert status == 400 and f"{field}: -5 tokens were asked for" in text, text
    status, text = post("/api/generate", ('{"model":"%s","prompt":"x","options":{"stop":%s}}' % (MODEL, json.dumps(["a"] * 65))).encode())
    assert status == 400, text[:300]
    assert "stop: 65 strings, at most 64" in text
    assert is_well(server)


def test_a_stream_cut_by_its_reader_leaves_the_next_one_alone(server):
    for _ in range(20):
        story(server.url, n=50).close()
    wait_until_idle(server)
    assert is_well(server)
