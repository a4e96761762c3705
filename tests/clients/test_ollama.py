"""Ollama's own Python client against a real server."""
import asyncio
import pathlib
import time

import ollama
import pytest
from conftest import MODEL, URL

TINY = pathlib.Path(__file__).parent.parent / "data/model/tiny-llama.gguf"
EXACT = {"temperature": 0, "num_predict": 24}
QUESTION = [{"role": "user", "content": "What is 2+2?"}]


def test_chat(ollama_client):
    answer = ollama_client.chat(MODEL, QUESTION, options=EXACT)
    assert answer.message.role == "assistant" and "4" in answer.message.content
    assert answer.done and answer.done_reason in ("stop", "length")
    assert answer.prompt_eval_count > 10 and 0 < answer.eval_count <= 24
    assert answer.total_duration >= answer.eval_duration > 0


def test_stream_adds_up_to_the_whole(ollama_client):
    whole = ollama_client.chat(MODEL, QUESTION, options=EXACT)
    pieces = list(ollama_client.chat(MODEL, QUESTION, options=EXACT, stream=True))
    assert len(pieces) > 5
    assert "".join(p.message.content for p in pieces) == whole.message.content
    assert [p.done for p in pieces] == [False] * (len(pieces) - 1) + [True]
    assert pieces[-1].eval_count == whole.eval_count


def test_follow_up_knows_what_was_said(ollama_client):
    messages = [{"role": "user", "content": "My name is Ada. Say hello to me."}]
    first = ollama_client.chat(MODEL, messages, options=EXACT)
    messages += [first.message, {"role": "user", "content": "Repeat my name."}]
    second = ollama_client.chat(MODEL, messages, options=EXACT)
    alone = ollama_client.chat(MODEL, messages[-1:], options=EXACT)
    assert second.prompt_eval_count > first.prompt_eval_count > alone.prompt_eval_count
    assert "Ada" not in alone.message.content and second.message.content != alone.message.content


def test_generate_and_its_context(ollama_client):
    first = ollama_client.generate(MODEL, "What is 2+2?", options=EXACT)
    assert "4" in first.response and first.context
    second = ollama_client.generate(MODEL, "And 3+3?", options=EXACT, context=first.context)
    assert list(second.context)[: len(first.context)] == list(first.context)


def test_raw_generate_has_no_template(ollama_client):
    answer = ollama_client.generate(MODEL, "The capital of France is", raw=True, options={"temperature": 0, "num_predict": 2})
    assert answer.prompt_eval_count == 5
    assert answer.response.startswith(" Paris")


def test_seed_and_stop(ollama_client):
    options = {"temperature": 1.2, "seed": 42, "num_predict": 24}
    texts = {ollama_client.generate(MODEL, "Tell me a story.", options=options).response for _ in range(2)}
    assert len(texts) == 1
    text = texts.pop()
    word = text.split()[3]
    stopped = ollama_client.generate(MODEL, "Tell me a story.", options={**options, "stop": [word]})
    assert stopped.response == text[: text.index(word)] and stopped.done_reason == "stop"


def test_lists(ollama_client):
    listed = {m.model: m for m in ollama_client.list().models}
    assert listed[MODEL].details.family == "llama" and listed[MODEL].details.quantization_level == "Q4_1"
    loaded = {m.model: m for m in ollama_client.ps().models}
    assert loaded[MODEL].size > 98_000_000
    card = ollama_client.show(MODEL)
    assert "completion" in card.capabilities and card.modelinfo["general.architecture"] == "llama"


def test_making_copying_and_deleting_models(ollama_client):
    digest = ollama_client.create_blob(TINY)
    steps = [s.status for s in ollama_client.create("sdk-tiny", files={"tiny.gguf": digest}, system="Be brief.",
                                                    parameters={"temperature": 0.5, "stop": ["x"]}, stream=True)]
    assert steps[0] == "parsing GGUF" and steps[-2:] == ["writing manifest", "success"]
    try:
        assert ollama_client.create("sdk-tiny:two", from_="sdk-tiny", license="MIT").status == "success"
        assert ollama_client.copy("sdk-tiny:two", "me/sdk-tiny").status == "success"
        card = ollama_client.show("me/sdk-tiny")
        assert "SYSTEM Be brief." in card.modelfile and card.license == "MIT" and "temperature" in card.parameters
        with pytest.raises(ollama.ResponseError) as error:
            ollama_client.create("x", from_="sdk-tiny", parameters={"temperature": "hot"})
        assert error.value.status_code == 400
    finally:
        for name in ("sdk-tiny", "sdk-tiny:two", "me/sdk-tiny"):
            assert ollama_client.delete(name).status == "success"
    with pytest.raises(ollama.ResponseError) as error:
        ollama_client.delete("sdk-tiny")
    assert error.value.status_code == 404


def test_missing_model_and_wrong_values(ollama_client):
    with pytest.raises(ollama.ResponseError) as error:
        ollama_client.chat("nosuch", QUESTION)
    assert error.value.status_code == 404 and error.value.error == "model 'nosuch' not found"
    with pytest.raises(ollama.ResponseError) as error:
        ollama_client.chat(MODEL, QUESTION, options={"temperature": 0}, think=True)
    assert error.value.status_code == 400 and "think" in error.value.error


def test_other_model_is_loaded_on_demand_and_unloaded(ollama_client):
    answer = ollama_client.generate("gemma3:270m", "The capital of France is", raw=True,
                                    options={"temperature": 0, "num_predict": 2}, keep_alive=0)
    assert answer.response
    deadline = time.monotonic() + 10
    while "gemma3:270m" in [m.model for m in ollama_client.ps().models]:
        assert time.monotonic() < deadline, "keep_alive 0 did not unload the model"
        time.sleep(0.1)


def test_a_client_that_goes_away_frees_the_engine(ollama_client):
    stream = ollama_client.generate(MODEL, "Write a very long story.", options={"num_predict": 4000}, stream=True)
    next(iter(stream))
    stream.close()
    begun = time.monotonic()
    ollama_client.generate(MODEL, "Hi", options={"num_predict": 1, "temperature": 0})
    assert time.monotonic() - begun < 20


def test_many_at_once_all_get_their_own_answer():
    async def ask_all():
        client = ollama.AsyncClient(host=URL, timeout=120)
        asked = [client.generate(MODEL, f"What is {n}+{n}?", options={"temperature": 0, "num_predict": 12}) for n in range(1, 9)]
        return await asyncio.gather(*asked)

    alone = ollama.Client(host=URL, timeout=120)
    together = asyncio.run(ask_all())
    assert len(together) == 8 and all(answer.done and answer.response for answer in together)
    again = alone.generate(MODEL, "What is 2+2?", options={"temperature": 0, "num_predict": 12})
    assert again.response.split()[:3] == together[1].response.split()[:3]
