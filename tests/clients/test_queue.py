"""The waiting line: bounded, fair, with places and deadlines; who goes away leaves it."""
import json
import os
import subprocess
import threading
import time

import pytest
import requests
from own_server import MODEL, OwnServer, begun_story, story


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One answer at a time, two may wait; keys stand for clients."""
    data = tmp_path_factory.mktemp("data")
    with OwnServer(data, OLLAMA_NUM_PARALLEL="1", OLLAMA_MAX_QUEUE="20") as running:
        yield running


def read_queue(server):
    return requests.get(server.url + "/api/queue", timeout=10).json()


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def wait_idle(server):
    wait_until(lambda: (lambda q: q["running"] + q["waiting"] == 0)(read_queue(server)))


def test_places_are_told(server):
    wait_idle(server)
    first = begun_story(server.url, headers={"X-Request-Id": "first"})
    answers = []
    others = [threading.Thread(target=lambda i=i: answers.append(story(server.url, n=2, stream=False, headers={"X-Request-Id": f"r{i}"}))) for i in range(2)]
    for i, other in enumerate(others):
        other.start()
        wait_until(lambda: read_queue(server)["waiting"] == i + 1)
    queue = read_queue(server)
    assert queue["running"] == 1 and queue["waiting"] == 2 and queue["max_running"] == 1 and queue["max_waiting"] == 20
    assert queue["request_timeout_seconds"] == 120
    assert [(r["id"], r["state"], r["place"]) for r in queue["yours"]] == [("first", "running", 0), ("r0", "waiting", 1), ("r1", "waiting", 2)]
    first.close()
    for other in others:
        other.join()
    assert sorted(a.headers["X-Queue-Place"] for a in answers) == ["1", "2"]
    assert all(int(a.headers["X-Queue-Wait-Ms"]) >= 0 and a.headers["X-Request-Id"][0] == "r" for a in answers)
    assert read_queue(server)["expected_wait_seconds"] == 0


def test_a_client_that_goes_away_is_forgotten_at_once(server):
    wait_idle(server)
    running = begun_story(server.url)

    def leave_after():
        with pytest.raises(requests.ReadTimeout):
            requests.post(server.url + "/api/generate", json={"model": MODEL, "prompt": "x"}, timeout=0.5)

    waiting = threading.Thread(target=leave_after)
    waiting.start()
    wait_until(lambda: read_queue(server)["waiting"] == 1)
    waiting.join()
    wait_until(lambda: read_queue(server)["waiting"] == 0, seconds=2)
    assert read_queue(server)["running"] == 1
    running.close()
    wait_until(lambda: read_queue(server)["running"] == 0, seconds=2)


def test_deadlines(server):
    wait_idle(server)
    running = begun_story(server.url)
    short = {"model": MODEL, "prompt": "Once upon a time", "raw": True}
    late = requests.post(server.url + "/api/generate", json=short, headers={"X-Request-Timeout": "0.3"}, timeout=30)
    assert late.status_code == 504 and late.json() == {"error": "the time limit of 300 ms for this answer passed while the request waited in line"}
    assert late.headers["X-Queue-Place"] == "1"
    running.close()
    wait_idle(server)
    answer = requests.post(server.url + "/api/generate", json={**short, "options": {"seed": 1, "temperature": 1}}, headers={"X-Request-Timeout": "150ms"}, timeout=30)
    lines = [json.loads(line) for line in answer.iter_lines()]
    assert len(lines) > 2 and "response" in lines[0]
    assert lines[-1] == {"error": "the time limit of 150 ms for this answer has passed before the answer was whole"}
    body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Count to a thousand."}], "max_tokens": 3000, "logit_bias": {"2": -100, "0": -100}}
    text = requests.post(server.url + "/v1/chat/completions", json=body, headers={"X-Request-Timeout": "0.4"}, timeout=60).text
    events = text.strip().split("\n\n")
    assert events[-1] == "data: [DONE]" and "time limit of 400 ms" in json.loads(events[-2][6:])["error"]["message"]
    bad = requests.post(server.url + "/v1/chat/completions", json=body, headers={"X-Request-Timeout": "soon"}, timeout=10)
    assert bad.status_code == 400 and "X-Request-Timeout: \"soon\"" in bad.json()["error"]["message"]


def test_a_full_line_refuses_and_says_when_to_come_again(server):
    wait_idle(server)
    running = begun_story(server.url)
    statuses = []

    def ask():
        answer = story(server.url, n=1)
        statuses.append((answer.status_code, answer.headers.get("Retry-After"), answer.text))

    threads = [threading.Thread(target=ask) for _ in range(25)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(statuses) == 5)
    for status, retry, text in statuses:
        assert status == 503 and int(retry) >= 1 and "maximum pending requests exceeded" in text
    answer = requests.post(server.url + "/v1/chat/completions", json={"model": MODEL, "messages": [{"role": "user", "content": "x"}]}, timeout=10)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
    running.close()
    for thread in threads:
        thread.join()
    assert [s for s, _, _ in statuses].count(200) == 20


def test_one_client_cannot_starve_another(server):
    """15 requests of this machine's first address, then one of a second address."""
    wait_idle(server)
    session = requests.Session()
    session.mount("http://", SourceAddress("127.0.0.2"))
    ends = []

    def ask(name, post):
        body = {"model": MODEL, "prompt": "[1, 2, 3,", "raw": True, "stream": False, "options": {"num_predict": 20, "temperature": 0, "stop": []}}
        post(server.url + "/api/generate", json=body, timeout=60).raise_for_status()
        ends.append(name)

    threads = [threading.Thread(target=ask, args=("many", requests.post)) for _ in range(15)]
    for thread in threads:
        thread.start()
    wait_until(lambda: read_queue(server)["waiting"] >= 10)
    threads.append(threading.Thread(target=ask, args=("one", session.post)))
    threads[-1].start()
    for thread in threads:
        thread.join()
    before = ends[: ends.index("one")].count("many")
    assert before <= 9, ends  # five had ended when it came, and at most a few end while its connection is made


class SourceAddress(requests.adapters.HTTPAdapter):
    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def test_so_many_answers_of_one_client_and_no_more(tmp_path):
    with OwnServer(tmp_path, SAMOVAR_MAX_PER_CLIENT="2") as own:
        stories = [begun_story(own.url), begun_story(own.url)]
        refused = story(own.url, n=1)
        assert refused.status_code == 429 and "2 answers under way" in refused.text, refused.text
        stories.pop().close()
        deadline = time.monotonic() + 20
        while (code := story(own.url, n=1).status_code) != 200:
            assert code == 429 and time.monotonic() < deadline
            time.sleep(0.2)
        stories.pop().close()
    wrong = subprocess.run([os.environ["SAMOVAR_BINARY"], "serve", "--port", "0", "--api-port", "0"], env={**os.environ, "SAMOVAR_MAX_PER_CLIENT": "few", "SAMOVAR_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=30)
    assert wrong.returncode == 1 and "SAMOVAR_MAX_PER_CLIENT" in wrong.stderr and "few" in wrong.stderr
