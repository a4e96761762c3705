"""Endpoints beyond chat: embeddings, completions, responses, Anthropic's messages; LangChain on top of it all."""
import math

import anthropic
import openai
import pytest
import requests
from conftest import MODEL, URL
from langchain_ollama import ChatOllama, OllamaEmbeddings

QUESTION = [{"role": "user", "content": "What is 2+2?"}]


@pytest.fixture
def anthropic_client():
    return anthropic.Anthropic(base_url=URL, api_key="none needed", timeout=120, max_retries=0)


def test_embeddings_have_length_one_and_meaning(ollama_client):
    texts = ["The cat sleeps on the sofa.", "A kitten is sleeping on the couch.", "Interest rates rose by two percent."]
    answer = ollama_client.embed(MODEL, texts)
    assert answer.prompt_eval_count > 15
    for vector in answer.embeddings:
        assert len(vector) == 576 and math.isclose(sum(x * x for x in vector), 1, rel_tol=1e-4)
    again = ollama_client.embed(MODEL, texts[0]).embeddings[0]
    assert math.isclose(sum(a * b for a, b in zip(again, answer.embeddings[0])), 1, rel_tol=1e-3)
    short = ollama_client.embed(MODEL, texts[0], dimensions=8).embeddings[0]
    assert len(short) == 8 and math.isclose(sum(x * x for x in short), 1, rel_tol=1e-4)


def test_openai_embeddings(openai_client):
    plain = openai_client.embeddings.create(model=MODEL, input=["hello", "world"], encoding_format="float")
    packed = openai_client.embeddings.create(model=MODEL, input=["hello", "world"])  # base64
    assert [d.index for d in plain.data] == [0, 1] and plain.usage.prompt_tokens == 2
    for a, b in zip(plain.data[0].embedding, packed.data[0].embedding):
        assert math.isclose(a, b, abs_tol=1e-3)


def test_a_text_that_is_too_long(ollama_client):
    long = "word " * 300
    cut = ollama_client.embed(MODEL, long, options={"num_ctx": 64})
    assert cut.prompt_eval_count == 64
    answer = requests.post(URL + "/api/embed", json={"model": MODEL, "input": long, "truncate": False, "options": {"num_ctx": 64}}, timeout=60)
    assert answer.status_code == 400 and answer.json() == {"error": "the input length exceeds the context length"}


def test_completions(openai_client):
    request = {"model": MODEL, "prompt": "What is 2+2?", "temperature": 0, "max_tokens": 12}
    whole = openai_client.completions.create(**request)
    text = "".join(c.choices[0].text for c in openai_client.completions.create(**request, stream=True))
    assert text == whole.choices[0].text and "4" in text
    assert openai_client.completions.create(**request, echo=True).choices[0].text == request["prompt"] + text


def test_responses(openai_client):
    request = {"model": MODEL, "input": "What is 2+2?", "temperature": 0, "max_output_tokens": 12}
    whole = openai_client.responses.create(**request)
    assert "4" in whole.output_text and whole.usage.output_tokens <= 12
    with openai_client.responses.stream(**request) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        last = stream.get_final_response() if whole.status == "completed" else None
    assert text == whole.output_text and (last is None or last.output_text == text)
    cut = openai_client.responses.create(model=MODEL, input="Tell me a story.", max_output_tokens=3)
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens"


def test_anthropic_messages(anthropic_client):
    request = {"model": MODEL, "max_tokens": 12, "system": "Be brief.", "messages": QUESTION, "extra_body": {"temperature": 0}}
    whole = anthropic_client.messages.create(**request)
    assert "4" in whole.content[0].text and whole.stop_reason in ("end_turn", "max_tokens")
    with anthropic_client.messages.stream(**request) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == whole.content[0].text and final.usage.output_tokens == whole.usage.output_tokens
    count = anthropic_client.messages.count_tokens(model=MODEL, system="Be brief.", messages=QUESTION)
    assert count.input_tokens == whole.usage.input_tokens
    with pytest.raises(anthropic.NotFoundError):
        anthropic_client.messages.create(**{**request, "model": "nosuch"})
    with pytest.raises(anthropic.BadRequestError, match="does not support tools"):
        anthropic_client.messages.create(**request, tools=[{"name": "f", "input_schema": {"type": "object"}}])


def test_langchain():
    chat = ChatOllama(model=MODEL, base_url=URL, temperature=0, num_predict=12)
    assert "4" in chat.invoke("What is 2+2?").content
    assert "4" in "".join(chunk.content for chunk in chat.stream("What is 2+2?"))
    vectors = OllamaEmbeddings(model=MODEL, base_url=URL).embed_documents(["a", "b"])
    assert [len(v) for v in vectors] == [576, 576]


def test_context_overflow_is_never_silent(ollama_client):
    history = [{"role": "system", "content": "Be brief."}]
    for number in range(12):
        history += [{"role": "user", "content": f"Number {number} is a number."}, {"role": "assistant", "content": "Yes, it is."}]
    history.append({"role": "user", "content": "Hi"})
    body = {"model": MODEL, "messages": history, "stream": False, "options": {"num_ctx": 100, "num_predict": 4}}
    refused = requests.post(URL + "/api/chat", json=body, timeout=60)
    assert refused.status_code == 400 and "the context holds 100" in refused.json()["error"]
    cut = requests.post(URL + "/api/chat", json={**body, "truncate": True}, timeout=60).json()
    assert cut["prompt_eval_count"] < 100 and cut["truncated_messages"] > 10 and cut["truncated_tokens"] > 0


def test_shift_makes_room_and_num_predict_zero_says_nothing(ollama_client):
    body = {"model": MODEL, "prompt": "[1, 2, 3,", "raw": True, "stream": False, "options": {"num_ctx": 64, "num_predict": 150, "temperature": 0, "stop": []}}
    ended = requests.post(URL + "/api/generate", json=body, timeout=60).json()
    shifted = requests.post(URL + "/api/generate", json={**body, "shift": True}, timeout=60).json()
    assert ended["done_reason"] == "length" and ended["eval_count"] < 64
    assert shifted["eval_count"] > ended["eval_count"] and shifted["truncated_tokens"] > 0
    none = requests.post(URL + "/api/generate", json={**body, "options": {"num_predict": 0}}, timeout=60).json()
    assert none["response"] == "" and none["done_reason"] == "length" and "eval_count" not in none


def test_bad_input_is_a_clear_error(openai_client):
    def post(path, data):
        return requests.post(URL + path, data=data, timeout=60)

    for path in ("/api/chat", "/api/embed", "/v1/responses", "/v1/messages", "/v1/completions"):
        assert post(path, b"[" * 100_000).status_code == 400
        assert post(path, b'{"model": 5}').status_code == 400
    huge = b'{"model":"' + MODEL.encode() + b'","messages":[{"role":"user","content":"' + b"word " * 2_000_000 + b'"}]}'
    answer = post("/api/chat", huge)
    assert answer.status_code == 400 and "tokens, the context holds" in answer.json()["error"]
    answer = post("/api/generate", f'{{"model":"{MODEL}","prompt":"x","options":{{"temperature":NaN}}}}'.encode())
    assert answer.status_code == 400 and "invalid character 'N'" in answer.json()["error"]
    answer = post("/api/generate", f'{{"model":"{MODEL}","prompt":"x","options":{{"num_ctx":-5,"num_predict":2,"top_k":-1}},"stream":false}}'.encode())
    assert answer.status_code == 400 and "must be at least 0, got -5" in answer.json()["error"]
    with pytest.raises(openai.BadRequestError):
        openai_client.chat.completions.create(model=MODEL, messages=QUESTION, tools=[{"type": "function", "function": {"name": "f"}}])
