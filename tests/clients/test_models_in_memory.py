"""Several models in memory: shared weights, a budget, none is loaded anew for another setting."""
import subprocess

import pytest
import requests
from conftest import URL
from own_server import MODEL, OwnServer

GEMMA = "gemma3:270m"


def chat(server, model, **options):
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "stream": False, "options": {"num_predict": 3, **options}}
    return requests.post(server.url + "/api/chat", json=body, timeout=60)


def loaded(server):
    return sorted(m["name"] for m in requests.get(server.url + "/api/ps", timeout=10).json()["models"])


@pytest.fixture(scope="module")
def twin():
    """A second name on SmolLM2's weights, with a template and a parameter of its own."""
    name = "smollm2-twin:latest"
    made = requests.post(URL + "/api/create", json={"model": name, "from": MODEL, "template": "{{ .Prompt }}", "parameters": {"num_predict": 1}, "stream": False}, timeout=60)
    assert made.status_code == 200, made.text
    yield name
    requests.delete(URL + "/api/delete", json={"model": name}, timeout=30)


def test_names_share_weights_but_not_templates_and_parameters(twin, tmp_path):
    with OwnServer(tmp_path) as server:
        first = chat(server, MODEL).json()
        before = server.resident_bytes()
        second = requests.post(server.url + "/api/chat", json={"model": twin, "messages": [{"role": "user", "content": "Hi"}], "stream": False}, timeout=60).json()
        assert server.resident_bytes() - before < 30e6  # the weights have 98 MB
        assert loaded(server) == sorted([MODEL, twin])
        assert second["prompt_eval_count"] < first["prompt_eval_count"] and second["eval_count"] == 1
        # One name goes, the other stays and answers at once.
        requests.post(server.url + "/api/chat", json={"model": MODEL, "keep_alive": 0}, timeout=30)
        assert chat(server, twin).status_code == 200


def test_nothing_reloads_for_another_setting(tmp_path):
    with OwnServer(tmp_path) as server:
        chat(server, MODEL)
        for options in ({"num_ctx": 512}, {"num_ctx": 2048, "temperature": 0.9}, {"num_ctx": 8192}, {"seed": 3, "top_k": 5}):
            assert chat(server, MODEL, **options).json()["load_duration"] < 50_000_000


def test_several_models_are_kept_from_the_start(tmp_path):
    with OwnServer(tmp_path, models=(MODEL, GEMMA)) as server:
        assert loaded(server) == [GEMMA, MODEL]


def test_the_budget_unloads_the_longest_unused(tmp_path):
    with OwnServer(tmp_path, models=(MODEL,), SAMOVAR_MEMORY="900MB", OLLAMA_NUM_PARALLEL="1", OLLAMA_CONTEXT_LENGTH="512") as server:
        requests.post(server.url + "/api/chat", json={"model": MODEL, "keep_alive": "5m"}, timeout=60)
        assert chat(server, GEMMA).status_code == 200
        both = loaded(server)
    with OwnServer(tmp_path, models=(MODEL,), SAMOVAR_MEMORY="420MB", OLLAMA_NUM_PARALLEL="1", OLLAMA_CONTEXT_LENGTH="512") as server:
        requests.post(server.url + "/api/chat", json={"model": MODEL, "keep_alive": "5m"}, timeout=60)
        assert chat(server, GEMMA).status_code == 200
        assert both == [GEMMA, MODEL] and loaded(server) == [GEMMA]


def test_what_cannot_fit_is_refused_with_both_figures_and_unloads_nothing(tmp_path):
    with OwnServer(tmp_path, models=(MODEL,), SAMOVAR_MEMORY="260MB", OLLAMA_NUM_PARALLEL="1", OLLAMA_CONTEXT_LENGTH="512") as server:
        refused = chat(server, GEMMA)
        assert refused.status_code == 500
        assert "'gemma3:270m' needs 0." in refused.json()["error"] and "there are 0.26 GB" in refused.json()["error"]
        assert loaded(server) == [MODEL]
        assert chat(server, MODEL).status_code == 200


def test_a_wrong_budget_is_named(tmp_path):
    from os import environ

    done = subprocess.run([environ["SAMOVAR_BINARY"], "serve"], env={**environ, "SAMOVAR_MEMORY": "much", "SAMOVAR_DATA": str(tmp_path)}, capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and 'SAMOVAR_MEMORY="much": expected an amount of memory' in done.stderr
