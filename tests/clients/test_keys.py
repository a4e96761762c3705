"""API keys: real clients with and without one, scopes, rates, revoking."""
import json
import os
import stat
import subprocess

import anthropic
import ollama
import openai
import pytest
import requests
from own_server import MODEL, OwnServer

QUESTION = [{"role": "user", "content": "What is 2+2?"}]


def key_command(server, *arguments, code=0):
    done = subprocess.run([os.environ["SAMOVAR_BINARY"], "key", *arguments], env=server.environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with OwnServer(tmp_path_factory.mktemp("data")) as running:
        assert requests.get(running.url + "/api/tags", timeout=10).status_code == 200  # nobody is asked yet
        assert "no keys" in key_command(running, "list").stdout
        yield running


@pytest.fixture(scope="module")
def chat_key(server):
    return key_command(server, "create", "app", "--scope", "chat").stdout.strip()


def test_the_clients_work_with_a_key(server, chat_key):
    client = ollama.Client(host=server.url, headers={"Authorization": "Bearer " + chat_key})
    assert "4" in client.chat(MODEL, QUESTION, options={"temperature": 0, "num_predict": 12}).message.content
    client = openai.OpenAI(base_url=server.url + "/v1", api_key=chat_key, max_retries=0)
    assert "4" in client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=12).choices[0].message.content
    client = anthropic.Anthropic(base_url=server.url, api_key=chat_key, max_retries=0)
    assert client.messages.create(model=MODEL, max_tokens=4, messages=QUESTION).content


def test_without_one_each_gets_its_own_kind_of_error(server, chat_key):
    with pytest.raises(ollama.ResponseError, match="an API key is needed") as refused:
        ollama.Client(host=server.url).list()
    assert refused.value.status_code == 401
    with pytest.raises(openai.AuthenticationError, match="not known here") as refused:
        openai.OpenAI(base_url=server.url + "/v1", api_key="sk-wrong", max_retries=0).models.list()
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(anthropic.AuthenticationError) as refused:
        anthropic.Anthropic(base_url=server.url, api_key="sk-wrong", max_retries=0).messages.create(model=MODEL, max_tokens=4, messages=QUESTION)
    assert refused.value.response.json()["error"]["type"] == "authentication_error"
    for open_path in ("/", "/api/version", "/healthz", "/readyz"):
        assert requests.get(server.url + open_path, timeout=10).status_code == 200


def test_the_pages_port_demands_keys_for_the_api_only(server, chat_key):
    assert requests.get(server.page_url + "/api/tags", timeout=10).status_code == 401
    assert requests.get(server.page_url + "/api/tags", headers={"Authorization": "Bearer " + chat_key}, timeout=10).status_code == 200
    assert requests.get(server.page_url + "/", timeout=10).status_code not in (401, 403)
    assert requests.get(server.page_url + "/ui/config", timeout=10).status_code == 200


def test_scopes(server, chat_key):
    def status(method, path, key):
        return requests.request(method, server.url + path, json={"model": "nosuch"}, headers={"x-api-key": key}, timeout=10).status_code

    assert status("DELETE", "/api/delete", chat_key) == 403 and status("GET", "/metrics", chat_key) == 403
    models = key_command(server, "create", "keeper", "--scope", "models").stdout.strip()
    assert status("DELETE", "/api/delete", models) == 404 and status("POST", "/api/chat", models) == 403
    assert status("GET", "/api/tags", models) == 200
    admin = key_command(server, "create", "boss", "--scope", "admin", "--expires", "30d").stdout.strip()
    assert status("GET", "/metrics", admin) == 200 and status("DELETE", "/api/delete", admin) == 404
    refused = requests.post(server.url + "/v1/chat/completions", json={}, headers={"Authorization": "Bearer " + models}, timeout=10)
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "insufficient_permissions"


def test_rates(server, chat_key):
    key = key_command(server, "create", "slow", "--rate", "2/min").stdout.strip()
    client = openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0)
    assert client.models.with_raw_response.list().headers["x-ratelimit-remaining-requests"] == "1"
    client.models.list()
    with pytest.raises(openai.RateLimitError, match="2 requests a minute") as refused:
        client.models.list()
    assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 30


def test_the_command_line_shows_its_key(server, chat_key):
    def run(*arguments, key):
        environment = {**server.environment, "OLLAMA_HOST": server.url.removeprefix("http://"), "OLLAMA_API_KEY": key}
        return subprocess.run([os.environ["SAMOVAR_BINARY"], *arguments], env=environment, capture_output=True, text=True, timeout=60)

    assert MODEL in run("list", key=chat_key).stdout
    assert run("run", MODEL, "Hi", key=chat_key).returncode == 0
    assert "an API key is needed" in run("list", key="").stderr
    assert "lacks the scope 'models'" in run("rm", MODEL, key=chat_key).stderr


def test_revoked_keys_are_useless_at_once_and_the_file_is_private(server, chat_key):
    key = key_command(server, "create", "gone").stdout.strip()
    header = {"Authorization": "Bearer " + key}
    assert requests.get(server.url + "/api/tags", headers=header, timeout=10).status_code == 200
    listed = key_command(server, "list").stdout
    assert "gone" in listed and key not in listed
    key_command(server, "revoke", "gone")
    assert requests.get(server.url + "/api/tags", headers=header, timeout=10).status_code == 401
    assert "no key has the name" in key_command(server, "revoke", "gone", code=1).stderr
    assert "none of chat, models and admin" in key_command(server, "create", "x", "--scope", "tea", code=1).stderr
    assert "there is a key named 'app'" in key_command(server, "create", "app", code=1).stderr
    path = os.path.join(server.environment["SAMOVAR_DATA"], "keys.json")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert chat_key.removeprefix("sk-samovar-") not in text and len(json.loads(text)["keys"]) >= 4


def test_a_key_may_be_demanded_before_there_is_one(tmp_path):
    with OwnServer(tmp_path, SAMOVAR_REQUIRE_KEY="1") as server:
        assert requests.get(server.url + "/api/tags", timeout=10).status_code == 401
