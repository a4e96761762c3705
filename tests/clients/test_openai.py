"""OpenAI's own Python client against a real server."""
import openai
import pytest
from conftest import MODEL

QUESTION = [{"role": "user", "content": "What is 2+2?"}]


def test_chat_completion(openai_client):
    answer = openai_client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=24)
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and "4" in choice.message.content
    assert choice.finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.object == "chat.completion" and answer.model == MODEL


def test_stream_with_usage(openai_client):
    whole = openai_client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=24)
    chunks = list(openai_client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=24, stream=True,
                                                        stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert reasons == [whole.choices[0].finish_reason]


def test_max_tokens_ends_with_length(openai_client):
    answer = openai_client.chat.completions.create(model=MODEL, messages=QUESTION, temperature=0, max_tokens=2)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 2


def test_models(openai_client):
    assert MODEL in [model.id for model in openai_client.models.list()]
    assert openai_client.models.retrieve(MODEL).id == MODEL


def test_errors_are_the_clients_own_exceptions(openai_client):
    with pytest.raises(openai.NotFoundError) as error:
        openai_client.chat.completions.create(model="nosuch", messages=QUESTION)
    assert "nosuch" in str(error.value)
    with pytest.raises(openai.BadRequestError):
        openai_client.chat.completions.create(model=MODEL, messages=[])
