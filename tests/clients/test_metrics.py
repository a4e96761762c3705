"""/metrics as Prometheus' own parser reads it; /api/tokenize and its way back."""
import pytest
import requests
from conftest import MODEL, URL
from prometheus_client.parser import text_string_to_metric_families


def read_metrics():
    answer = requests.get(URL + "/metrics", timeout=10)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(families, family, name=None, **labels):
    found = [s.value for s in families[family].samples if s.name == (name or s.name) and labels.items() <= s.labels.items()]
    return sum(found)


def test_metrics_count_what_happens():
    before = read_metrics()
    body = {"model": MODEL, "prompt": "[1, 2, 3,", "raw": True, "stream": True, "options": {"num_predict": 8, "temperature": 0, "stop": []}}
    assert requests.post(URL + "/api/generate", json=body, timeout=60).status_code == 200
    assert requests.get(URL + "/nosuch/" + "x" * 40, timeout=10).status_code == 404
    after = read_metrics()

    def grown(family, name=None, **labels):
        return value(after, family, name, **labels) - (value(before, family, name, **labels) if family in before else 0)

    assert grown("samovar_answer_tokens", "samovar_answer_tokens_total", model=MODEL) == 8
    assert grown("samovar_http_requests", "samovar_http_requests_total", endpoint="/api/generate", status="200") == 1
    assert grown("samovar_http_requests", "samovar_http_requests_total", endpoint="other", status="404") == 1
    assert grown("samovar_answers", "samovar_answers_total", result="length") == 1
    assert grown("samovar_queue_wait_seconds", "samovar_queue_wait_seconds_count") == 1
    assert grown("samovar_first_token_seconds", "samovar_first_token_seconds_count") == 1
    assert grown("samovar_between_tokens_seconds", "samovar_between_tokens_seconds_count") >= 1
    assert value(after, "samovar_model_memory_bytes", model=MODEL) > 50e6
    assert value(after, "process_resident_memory_bytes") > 50e6
    for family in after.values():
        if family.type == "histogram":
            counts = [s.value for s in family.samples if s.name.endswith("_bucket")]
            assert counts == sorted(counts)
            assert counts[-1] == next(s.value for s in family.samples if s.name.endswith("_count"))


def post(path, **body):
    return requests.post(URL + path, json=body, timeout=60)


@pytest.mark.parametrize("text", ["Hello, world!", "Привет, мир 🙂", "", "<|im_start|>user\nhi<|im_end|>"])
@pytest.mark.parametrize("model", [MODEL, "gemma3:270m"])
def test_texts_become_tokens_and_texts_again(model, text):
    answer = post("/api/tokenize", model=model, content=text, add_special=False, parse_special=False).json()
    assert answer["model"] == model and all(isinstance(t, int) for t in answer["tokens"])
    back = post("/api/detokenize", model=model, tokens=answer["tokens"]).json()
    assert back["content"] == text


def test_pieces_and_special_tokens():
    whole = post("/api/tokenize", model=MODEL, content="<|im_end|>🙂", with_pieces=True).json()["tokens"]
    assert whole[0]["piece"] == "<|im_end|>"
    raw = b"".join(bytes(t["piece"]) if isinstance(t["piece"], list) else t["piece"].encode() for t in whole[1:])
    assert raw == "🙂".encode()
    assert len(post("/api/tokenize", model=MODEL, content="<|im_end|>", parse_special=False).json()["tokens"]) > 1
    with_bos = post("/api/tokenize", model="gemma3:270m", content="a").json()["tokens"]
    assert with_bos[0] == 2 and len(with_bos) == 2
    prompt = requests.post(URL + "/api/generate", json={"model": MODEL, "prompt": "One two three", "raw": True, "stream": False, "options": {"num_predict": 1}}, timeout=60).json()
    assert prompt["prompt_eval_count"] == len(post("/api/tokenize", model=MODEL, content="One two three").json()["tokens"])


def test_wrong_tokens_are_named():
    assert post("/api/detokenize", model=MODEL, tokens=[1, 10**9]).json() == {"error": "tokens[1]: 1000000000 is not in the vocabulary of 49152"}
    assert post("/api/detokenize", model=MODEL, tokens=[-1]).status_code == 400
    assert post("/api/detokenize", model=MODEL, tokens=[1.5]).status_code == 400
    assert post("/api/detokenize", model=MODEL).json() == {"error": "tokens is required"}
    assert post("/api/tokenize", model=MODEL).json() == {"error": "content is required"}
    assert post("/api/tokenize", content="x").json() == {"error": "model is required"}
    assert post("/api/tokenize", model="nosuch", content="x").status_code == 404
