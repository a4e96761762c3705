"""Answers through other servers: a second Samovar's two APIs, and a server that misbehaves."""
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

import ollama
import openai
import pytest
import requests
from bad_upstream import MODEL as TEA
from bad_upstream import BadUpstream
from conftest import MODEL, URL
from own_server import OwnServer, free_port


def front(tmp_path, upstream, ready=True, **settings):
    return OwnServer(tmp_path, models=(), ready=ready, SAMOVAR_UPSTREAM=upstream, SAMOVAR_MODELS="/nonexistent", **settings)


@pytest.fixture(scope="module", params=["openai", "ollama"])
def through(request, tmp_path_factory):
    """A Samovar without models in front of the one with SmolLM2."""
    with front(tmp_path_factory.mktemp("front"), f"{request.param}+{URL}" + ("/v1" if request.param == "openai" else "")) as server:
        server.kind = request.param
        yield server


def openai_of(url):
    return openai.OpenAI(base_url=url + "/v1", api_key="none needed", timeout=60, max_retries=0)


def answers(url, **more):
    body = {"model": MODEL, "messages": [{"role": "system", "content": "You are kind."}, {"role": "user", "content": "What is tea?"}], "temperature": 0, "seed": 1, "max_tokens": 12}
    return openai_of(url).chat.completions.create(**{**body, **more})


class Page:
    """What the page does, without a browser."""

    def __init__(self, server):
        self.url = server.page_url
        self.session = requests.Session()
        self.config = self.session.get(self.url + "/ui/config", timeout=20).json()

    def ask(self, chat, text, **more):
        body = {"kind": "message", "message": {"content": text}, **more}
        answer = self.session.post(f"{self.url}/ui/chats/{chat}/runs", json=body, stream=True, timeout=60)
        if answer.status_code != 200:
            return [{"status": answer.status_code, **answer.json()}]
        return [json.loads(line) for line in answer.iter_lines() if line]

    def messages(self, chat):
        return self.session.get(f"{self.url}/ui/chats/{chat}", timeout=20).json()["messages"]


def text_of(events):
    return "".join(event.get("t", "") for event in events)


def metric(server, name):
    """{upstream or result...: value} of a family."""
    found = {}
    for line in requests.get(server.url + "/metrics", timeout=10).text.splitlines():
        if line.startswith(name + "{"):
            labels, value = line[len(name) + 1:].rsplit("} ", 1)
            found[labels] = float(value)
    return found


def test_the_same_words_come_through(through):
    direct, passed = answers(URL), answers(through.url)
    assert passed.choices[0].message.content == direct.choices[0].message.content
    assert passed.choices[0].finish_reason == direct.choices[0].finish_reason == "length"
    assert passed.usage.prompt_tokens == direct.usage.prompt_tokens
    assert passed.usage.completion_tokens == direct.usage.completion_tokens == 12
    streamed = list(answers(through.url, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in streamed if c.choices) == direct.choices[0].message.content
    assert streamed[-1].usage.completion_tokens == 12


def test_both_apis_in_front(through):
    client = ollama.Client(host=through.url, timeout=60)
    options = {"temperature": 0, "seed": 1, "num_predict": 8, "stop": ["\0"]}
    messages = [{"role": "user", "content": "What is tea?"}]
    passed = client.chat(MODEL, messages, options=options)
    assert passed.message.content == ollama.Client(host=URL).chat(MODEL, messages, options=options).message.content
    assert passed.eval_count == 8 and passed.total_duration > 0
    assert client.generate(MODEL, "What is tea?", options=options).response == passed.message.content
    assert client.generate(MODEL, "", options=options).done_reason == "load"


def test_answers_in_a_form(through):
    schema = {"type": "object", "properties": {"cups": {"type": "integer"}}, "required": ["cups"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "cups", "schema": schema}}
    assert "cups" in json.loads(answers(through.url, response_format=form, max_tokens=40).choices[0].message.content)
    words = ollama.Client(host=through.url).chat(MODEL, [{"role": "user", "content": "How many cups?"}], format=schema, options={"num_predict": 40})
    assert "cups" in json.loads(words.message.content)


def test_models_are_listed_and_described(through):
    assert MODEL in [m.id for m in openai_of(through.url).models.list()]
    assert ollama.Client(host=through.url).show(MODEL).capabilities
    with pytest.raises(openai.NotFoundError):
        answers(through.url, model="no-such-model")


def test_embeddings(through):
    texts = ["green tea", "черный чай"]
    direct = ollama.Client(host=URL).embed(MODEL, texts).embeddings
    passed = ollama.Client(host=through.url).embed(MODEL, texts).embeddings
    assert [[pytest.approx(x, abs=1e-5) for x in vector] for vector in direct] == passed


def test_a_caller_that_goes_away_ends_it_upstream(through):
    def running():
        return requests.get(URL + "/api/queue", timeout=10).json()["running"]

    with requests.post(through.url + "/v1/chat/completions", stream=True, timeout=60, json={"model": MODEL, "messages": [{"role": "user", "content": "Count"}], "stream": True, "max_tokens": 3000, "logit_bias": {"0": -100, "2": -100}}) as answer:
        next(answer.iter_lines())
        assert running() >= 1
    deadline = time.monotonic() + 5
    while running() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running()


def test_the_page_and_the_figures(through):
    page = Page(through)
    assert page.config["backend"]["kind"] == through.kind and page.config["default_model"] == MODEL
    events = page.ask("c1", "What is tea?", settings={"max_tokens": 8, "temperature": 0})
    assert events[-1]["type"] == "stats-final" and events[-1]["tokens"] == 8 and events[-1]["prompt_tokens"] > 0
    assert page.messages("c1")[-1]["content"] == text_of(events)
    state = page.session.get(page.url + "/ui/status", timeout=10).json()["upstreams"]
    assert len(state) == 1 and state[0]["up"] and state[0]["answered"] >= 1
    assert list(metric(through, "samovar_upstream_up").values()) == [1]


def test_the_key_is_shown_and_never_told(tmp_path):
    with BadUpstream(key="sesame") as upstream:
        key_file = tmp_path / "key"
        key_file.write_text("sesame\n")
        with front(tmp_path, upstream.address, SAMOVAR_UPSTREAM_KEY_FILE=str(key_file)) as server:
            assert answers(server.url, model=TEA).choices[0].message.content == "Good tea!"
            assert upstream.asked[-1][2]["Authorization"] == "Bearer sesame"
        with front(tmp_path, upstream.address, ready=False, SAMOVAR_UPSTREAM_KEY="open") as server:
            answer = requests.get(server.url + "/readyz", timeout=10)
            assert answer.status_code == 503 and "SAMOVAR_UPSTREAM_KEY" in answer.text
            failed = Page(server).ask("c1", "Hi", model=TEA)
            assert "sesame" not in str(failed)
        assert "sesame" not in (tmp_path / "server.log").read_text()


def test_members_that_were_not_asked_for_are_not_sent(tmp_path):
    with BadUpstream() as upstream, front(tmp_path, upstream.address) as server:
        Page(server).ask("c1", "Hi", settings={"temperature": 0.5, "max_tokens": 9})
        path, body, headers = upstream.asked[-1]
        assert path == "/v1/chat/completions" and "X-Request-Id" not in headers and headers["traceparent"]
        assert set(body) == {"model", "messages", "stream", "stream_options", "temperature", "max_tokens"}


def test_an_upstream_that_is_not_there_is_the_error_that_is_told(tmp_path):
    address = f"http://127.0.0.1:{free_port()}"
    with front(tmp_path, f"openai+{address}/v1", ready=False) as server:
        events = Page(server).ask("c1", "Hi")
        assert events[-1]["status"] == 502 and address in str(events[-1]), events
        assert requests.get(server.url + "/readyz", timeout=10).status_code == 503
    doctor = subprocess.run([os.environ["SAMOVAR_BINARY"], "doctor", "--port", "0", "--api-port", "0"], env={**os.environ, "SAMOVAR_UPSTREAM": f"openai+{address}", "SAMOVAR_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=30)
    assert doctor.returncode == 1 and "BAD   upstream: " in doctor.stdout and "SAMOVAR_UPSTREAM" in doctor.stdout


AUTHORITY = """[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = names
x509_extensions = more
[names]
commonName = supplied
[more]
subjectAltName = IP:127.0.0.1
"""


def make_certificate(folder, begin, end):
    """One that has signed itself."""
    (folder / "ca.conf").write_text(AUTHORITY)
    (folder / "index").write_text("")
    (folder / "serial").write_text("01")
    for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "key", "-out", "request"],
                    ["ca", "-batch", "-selfsign", "-notext", "-config", "ca.conf", "-keyfile", "key", "-in", "request", "-startdate", begin, "-enddate", end, "-out", "crt"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True, timeout=30)
    return folder / "crt", folder / "key"


@pytest.mark.parametrize("end, trusted, why", [("20450101000000Z", False, "self-signed certificate"), ("20210101000000Z", True, "certificate has expired")])
def test_an_upstream_whose_certificate_cannot_be_trusted_is_not_asked(tmp_path, end, trusted, why):
    if trusted and os.geteuid() != 0:
        pytest.skip("only root may let a machine trust a certificate")
    certificate, key = make_certificate(tmp_path, "20200101000000Z", end)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["Authorization"])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    running = front(tmp_path, f"openai+https://127.0.0.1:{server.server_port}/v1", ready=False, SAMOVAR_UPSTREAM_KEY="sk-secret")
    if trusted:
        # In mounts of its own, which go with it.
        mount = f'mount --bind {certificate} /etc/ssl/certs/ca-certificates.crt && exec "$@"'
        running.arguments = ["unshare", "-m", "sh", "-c", mount, "sh", *running.arguments]
    try:
        with running:
            event = Page(running).ask("c1", "Hi")[-1]
            assert event["status"] == 502 and f"127.0.0.1:{server.server_port} cannot be trusted: {why}" in str(event), event
            assert requests.get(running.url + "/readyz", timeout=10).status_code == 503
    finally:
        server.shutdown()
    assert asked == [], "nobody unknown is told the key"


@pytest.mark.parametrize("wrong", ["10.0.0.5:8000", "vllm+http://box", "openai+http://a b", "openai+http://box,openai+http://box/v1"])
def test_a_wrong_address_is_named(tmp_path, wrong):
    done = subprocess.run([os.environ["SAMOVAR_BINARY"], "serve", "--port", "0", "--api-port", "0"], env={**os.environ, "SAMOVAR_UPSTREAM": wrong, "SAMOVAR_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "SAMOVAR_UPSTREAM" in done.stderr


@pytest.mark.parametrize("fault, status, words", [
    ("refuse_429", 503, "Rate limit reached"), ("refuse_500", 502, "illegal instruction"), ("refuse_503", 503, "status 503"),
    ("refuse_400", 400, "too hot"), ("close_at_once", 502, "closed the connection"), ("send_nonsense", 502, "broken answer"), ("break_json", 502, "broken answer")])
def test_faults_before_the_first_word(tmp_path, fault, status, words):
    with BadUpstream(fault) as upstream, front(tmp_path, upstream.address) as server:
        answer = requests.post(server.url + "/api/chat", json={"model": TEA, "messages": [{"role": "user", "content": "Hi"}]}, timeout=20)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
        upstream.fault = "none"
        assert answers(server.url, model=TEA).choices[0].message.content == "Good tea!"


@pytest.mark.parametrize("fault, words", [("cut_in_mid_answer", "was lost in mid-answer"), ("break_in_mid_answer", "broken answer"), ("fail_in_mid_answer", "out of water"), ("stall", "nothing came for 1 s")])
def test_faults_after_the_first_word_keep_it_and_are_told_once(tmp_path, fault, words):
    with BadUpstream(fault) as bad, BadUpstream(fault) as other:
        with front(tmp_path, f"{bad.address},{other.address}", SAMOVAR_UPSTREAM_STALL="1s") as server:
            page = Page(server)
            events = page.ask("c1", "Hi")
            assert events[-1]["type"] == "run-failed" and words in events[-1]["message"]
            assert text_of(events).startswith("Half") and text_of(events).count("Half") == 1
            assert len(bad.asked) + len(other.asked) == 1
            saved = page.messages("c1")[-1]
            assert saved["state"] == "failed" and saved["content"] == text_of(events)
            bad.fault = other.fault = "none"
            again = page.ask("c1", "", kind="regenerate", message=saved["id"])
            assert again[-1]["type"] == "stats-final" and text_of(again) == "Good tea!"


@pytest.mark.parametrize("fault", ["refuse_429", "refuse_500", "refuse_503", "close_at_once", "send_nonsense", "break_json"])
def test_another_upstream_answers_instead(tmp_path, fault):
    with BadUpstream(fault) as bad, BadUpstream() as good, front(tmp_path, f"{bad.address},{good.address}") as server:
        page = Page(server)
        for i in range(3):
            events = page.ask(f"c{i}", "Hi")
            assert events[-1]["type"] == "stats-final" and text_of(events) == "Good tea!"
        assert bad.asked, "the first one is asked first"
        requests_by = metric(server, "samovar_upstream_requests_total")
        assert 1 <= requests_by[f'upstream="{bad.origin}/v1",result="moved"'] <= len(bad.asked)
        assert requests_by[f'upstream="{good.origin}/v1",result="answered"'] == 3


def test_conversations_stay_where_their_cache_is(tmp_path):
    with BadUpstream() as one, BadUpstream() as two, front(tmp_path, f"{one.address},{two.address}") as server:
        page = Page(server)
        for turn in range(3):
            for chat in range(4):
                page.ask(f"c{chat}", f"{chat}: {turn}")
        for upstream in (one, two):
            chats = [body["messages"][-1]["content"][0] for _, body, _ in upstream.asked]
            assert len(chats) == 6 and all(chats.count(chat) == 3 for chat in set(chats)), chats


def test_an_upstream_that_goes_and_comes_back(tmp_path):
    def wait_for(server, expected):
        deadline = time.monotonic() + 10
        while (up := list(metric(server, "samovar_upstream_up").values())) != expected:
            assert time.monotonic() < deadline, up
            time.sleep(0.02)

    port = free_port()
    with BadUpstream() as good:
        with front(tmp_path, f"{good.address},ollama+http://127.0.0.1:{port}", SAMOVAR_UPSTREAM_CHECK="200ms") as server:
            assert Page(server).config["backend"]["kind"] == "mixed"
            wait_for(server, [1, 0])
            for _ in range(3):
                assert answers(server.url, model=TEA).choices[0].message.content == "Good tea!"
            (tmp_path / "back").mkdir()
            back = OwnServer(tmp_path / "back")
            back.move_to(port)
            with back:
                wait_for(server, [1, 1])
                assert answers(server.url).choices[0].message.content, "whoever has the model answers"
                assert {m.id for m in openai_of(server.url).models.list()} >= {TEA, MODEL}
            wait_for(server, [1, 0])
            assert requests.get(server.url + "/readyz", timeout=10).status_code == 200


def test_stop_reaches_the_upstream(tmp_path):
    with BadUpstream("drip") as upstream, front(tmp_path, upstream.address) as server:
        page = Page(server)
        answer = page.session.post(f"{page.url}/ui/chats/c1/runs", json={"kind": "message", "message": {"content": "Hi"}}, stream=True, timeout=20)
        lines = answer.iter_lines()
        while "t" not in json.loads(next(lines) or b"{}"):
            pass
        page.session.post(f"{page.url}/ui/chats/c1/stop", timeout=10)
        assert upstream.hung_up.wait(5)
        assert json.loads([line for line in lines if line][-1])["type"] == "run-stopped"


def test_traces_go_on_and_are_logged(tmp_path):
    mine = "5f0c8a52-33d0-4a43-9c7e-0d5cf2d0a4d1"
    trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace}-{caller}-01", "X-Request-Id": mine}
    with BadUpstream() as upstream, front(tmp_path, upstream.address, SAMOVAR_LOG_REQUESTS="1") as server:
        body = {"model": TEA, "messages": [{"role": "user", "content": "my secret"}], "stream": False}
        answer = requests.post(server.url + "/api/chat", json=body, headers=headers, timeout=20)
        assert answer.headers["X-Request-Id"] == mine
        sent = upstream.asked[-1][2]
        assert sent["X-Request-Id"] == mine
        version, sent_trace, span, flags = sent["traceparent"].split("-")
        assert (version, sent_trace, flags) == ("00", trace, "01") and span != caller
        page = Page(server)
        page.session.headers.update(headers)
        page.ask("private-name", "Hi")
        assert upstream.asked[-1][2]["traceparent"].split("-")[1] == trace
    log = (tmp_path / "server.log").read_text()
    line = next(line for line in log.splitlines() if "POST /api/chat 200 in " in line)
    assert f'request="{mine}" trace={trace} span={span} parent={caller}' in line
    assert "POST /ui/chats/{id}/runs 200" in log and "secret" not in log and "private-name" not in log
