"""Three Samovars, HAProxy and PostgreSQL: conversations outlive the server that holds them."""
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from conftest import MODEL, NAMES, PARALLEL_OF_ONE, QUEUE_OF_ONE, wait_for
from own_server import story

N_CONVERSATIONS = 30
FINAL = ("stats-final", "run-stopped", "run-failed")
LONG = {"max_tokens": 500, "temperature": 0.8}
# The grammar forbids its end.
ENDLESS = {"max_tokens": 3500, "temperature": 0, "format": {"type": "array", "items": {"type": "integer"}, "minItems": 3000}}
SHORT = {"max_tokens": 6, "temperature": 0}


class Browser:
    """What the page does (web/src/state/runs.ts), without a browser: a request that failed is made again, a stream
    that broke is joined again, and what the server has forgotten is read from the chat."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        config = self.get("/ui/config")
        assert config.status_code == 200
        self.served_by = []

    def get(self, path, **more):
        return self.session.get(self.url + path, timeout=60, **more)

    def post(self, path, body=None, **more):
        return self.session.post(self.url + path, json=body, timeout=120, **more)

    def chat(self, name):
        answer = self.get(f"/ui/chats/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, chat, text, settings, message):
        """Until the server has it: the same message id each time."""
        body = {"kind": "message", "message": {"id": message, "content": text}, "settings": settings}
        return self.run(chat, body)

    def carry_on(self, chat, answer):
        return self.run(chat, {"kind": "continue", "message": answer})

    def run(self, chat, body, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            assert time.monotonic() < deadline, f"{chat}: {body}"
            try:
                answer = self.post(f"/ui/chats/{chat}/runs", body, stream=True)
                if answer.status_code == 200:
                    return self.follow(chat, answer)
                if answer.status_code == 409 and body["kind"] == "message" and self.has(chat, body["message"]["id"]):
                    return self.join(chat)  # it came through the first time
                assert answer.status_code in (409, 502, 503, 504), answer.text
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                pass
            time.sleep(0.3)

    def has(self, chat, message):
        answer = self.get(f"/ui/chats/{chat}")
        return answer.status_code == 200 and any(m["id"] == message for m in answer.json()["messages"])

    def follow(self, chat, answer):
        """The last event, of this stream or of what the chat says afterwards."""
        try:
            for line in answer.iter_lines():
                event = json.loads(line) if line else {}
                if event.get("type") == "run-started":
                    self.served_by.append(event["run"])
                if event.get("type") in FINAL:
                    return event
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            pass
        return self.join(chat)

    def join(self, chat):
        """After a lost connection: whoever has the answer, or the store, tells how it goes on."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                last = self.chat(chat)["messages"][-1]
                if last["state"] != "streaming":
                    return {"type": "run-failed" if last["state"] in ("cut", "failed") else "stats-final", "state": last["state"]}
                if last["run"]:
                    answer = self.get(f"/ui/runs/{last['run']}/events", stream=True)
                    for line in answer.iter_lines() if answer.status_code == 200 else ():
                        event = json.loads(line) if line else {}
                        if event.get("type") in FINAL:
                            return event
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, AssertionError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"{chat}: the answer has no end")


def check_whole(browser, chat, texts):
    """Nothing lost, nothing doubled: one question after the other, each with one answer that has ended."""
    messages = browser.chat(chat)["messages"]
    assert [m["content"] for m in messages if m["role"] == "user"] == texts
    assert [m["role"] for m in messages] == ["user", "assistant"] * len(texts)
    for before, message in zip(messages, messages[1:]):
        assert message["parent"] == before["id"]
    assert all(m["state"] == "complete" and m["content"] for m in messages if m["role"] == "assistant"), messages


def test_a_browser_comes_back_to_its_replica(cluster):
    for _ in range(3):
        browser = Browser(cluster.url)
        browser.send("c1", "Hi", SHORT, "q1")
        browser.send("c2", "Hello", SHORT, "q2")
        active = [r for r in cluster.replicas.values() if 'samovar_answers_total{result="length"}' in requests.get(r.url + "/metrics", timeout=10).text]
        assert active
        status = {browser.get("/ui/status").json()["uptime_seconds"] for _ in range(3)}
        assert len(status) <= 2, "the same server each time"
        second = browser.send("c1", "And now?", SHORT, "q3")
        assert second["cached_tokens"] > 0, "the conversation was in its memory"


def test_an_answer_is_followed_and_stopped_from_another_replica(cluster):
    one, two, _ = cluster.replicas.values()
    browser = Browser(one.url)
    other = Browser(two.url)
    other.session.cookies = browser.session.cookies
    started = browser.post("/ui/chats/c9/runs?detach=1", {"kind": "message", "message": {"id": "q1", "content": "Count."},
                                                                  "settings": ENDLESS})
    assert started.status_code == 202 and started.json()["run"].endswith(".c9")
    last = wait_for(lambda: (m := other.chat("c9")["messages"][-1])["content"] and m, what="the first second of the answer")
    assert last["state"] == "streaming" and last["run"] == f"s-{last['id']}.c9"
    events = other.get(f"/ui/runs/{last['run']}/events", stream=True)
    text, n_pieces, asked = "", 0, False
    for line in events.iter_lines():
        event = json.loads(line) if line else {}
        if event.get("type") == "run-started":
            text = event["answer"]["content"]
        text, n_pieces = text + event.get("t", ""), n_pieces + ("t" in event)
        if n_pieces == 1 and not asked:
            asked = other.post(f"/ui/runs/{last['run']}/stop").status_code == 204
        if event.get("type") in FINAL:
            break
    assert event["type"] == "run-stopped" and n_pieces >= 1
    wait_for(lambda: not requests.get(one.url + "/api/queue", timeout=10).json()["running"], 10, "the end of the answer")
    assert browser.chat("c9")["messages"][-1]["state"] == "stopped"
    assert browser.chat("c9")["messages"][-1]["content"].startswith(text)


def refused_completions(replica):
    text = requests.get(replica.url + "/metrics", timeout=10).text
    found = re.search(r'samovar_http_requests_total\{method="POST",endpoint="/v1/completions",status="503"\} (\d+)', text)
    return int(found[1]) if found else 0


def test_a_full_replica_sends_its_callers_elsewhere(cluster):
    """It refuses before anything is written, and HAProxy asks another: nobody notices."""
    one = cluster.replicas["one"]
    refused = 'samovar_http_requests_total{method="POST",endpoint="/ui/chats/{id}/runs",status="503"}'

    with ThreadPoolExecutor(PARALLEL_OF_ONE + QUEUE_OF_ONE) as pool:
        stories = [pool.submit(lambda: story(one.url, n=1500).content) for _ in range(PARALLEL_OF_ONE + QUEUE_OF_ONE)]
        # Asking in between would take one of the places.
        wait_for(lambda: sum(requests.get(one.url + "/api/queue", timeout=10).json()[part] for part in ("running", "waiting")) == PARALLEL_OF_ONE + QUEUE_OF_ONE,
                 what="a full line")
        assert story(one.url, n=1).status_code == 503
        for i in range(12):
            browser = Browser(cluster.url)
            assert browser.send("f1", "Hi", SHORT, f"q{i}")["type"] == "stats-final"
        assert refused in requests.get(one.url + "/metrics", timeout=10).text
        # Also with much to send: HAProxy keeps up to 256 kB of a request for the second try.
        heavy = {"model": MODEL, "prompt": "Hi", "max_tokens": 2, "metadata": {"padding": "x" * 200_000}}
        before = refused_completions(one)
        for i in range(12):
            answer = requests.post(cluster.url + "/v1/completions", json=heavy, headers={"X-Conversation-Id": f"heavy{i}"}, timeout=60)
            assert answer.status_code == 200, answer.text
        assert refused_completions(one) > before, "none of them was sent to the full one"
        for future in stories:
            future.result(timeout=60)


def test_conversations_outlive_their_servers(cluster):
    browsers = [Browser(cluster.url) for _ in range(N_CONVERSATIONS)]
    errors = []

    def begin(i):
        return browsers[i].send(f"c{i}", f"Question {i}", SHORT, f"m{i}-1")

    def go_on(i):
        event = browsers[i].send(f"c{i}", f"Tell a very long story with {i + 20} chapters.", LONG, f"m{i}-2")
        for _ in range(5):
            if event["type"] == "stats-final":
                return
            last = browsers[i].chat(f"c{i}")["messages"][-1]
            event = browsers[i].carry_on(f"c{i}", last["id"])
        errors.append(f"c{i} ended with {event}")

    with ThreadPoolExecutor(N_CONVERSATIONS) as pool:
        begun = list(pool.map(begin, range(N_CONVERSATIONS)))
        assert not [event.get("message", event) for event in begun if event["type"] != "stats-final"]
        running = [pool.submit(go_on, i) for i in range(N_CONVERSATIONS)]
        busy = {name: 0 for name in NAMES}

        def all_are_busy():
            for name, replica in cluster.replicas.items():
                busy[name] = requests.get(replica.url + "/api/queue", timeout=10).json()["running"]
            return busy["one"] and busy["two"]

        def failed():
            return [future.exception() for future in running if future.done() and future.exception()]

        wait_for(lambda: all_are_busy() or failed(), 30, "an answer on the first and second replica")
        assert not failed(), failed()
        time.sleep(1)
        cluster.replicas["one"].kill()
        cluster.command("set server samovar/two state drain")
        threading.Thread(target=cluster.replicas["two"].process.terminate).start()
        for future in running:
            future.result(timeout=150)
    assert not errors, errors
    assert cluster.states()["three"] == "UP" and cluster.states()["one"] == "DOWN"
    cluster.replicas["one"].start()
    cluster.command("set server samovar/two state ready")
    with ThreadPoolExecutor(N_CONVERSATIONS) as pool:
        last = list(pool.map(lambda i: browsers[i].send(f"c{i}", f"The end {i}", SHORT, f"m{i}-3"), range(N_CONVERSATIONS)))
    assert not [event.get("message", event) for event in last if event["type"] != "stats-final"]
    for i, browser in enumerate(browsers):
        check_whole(browser, f"c{i}", [f"Question {i}", f"Tell a very long story with {i + 20} chapters.", f"The end {i}"])
    assert wait_for(lambda: cluster.states()["one"] == "UP", 60, "the killed one, started again")
