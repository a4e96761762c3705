"""OpenAI's own Python client against a real server."""
import openai
import pytest
import requests
from conftest import MODEL, URL

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


def test_several_choices(openai_client):
    request = {"model": MODEL, "messages": [{"role": "user", "content": "Name a colour."}], "n": 3, "seed": 5, "temperature": 1.5, "max_tokens": 8}
    whole = openai_client.chat.completions.create(**request)
    assert [c.index for c in whole.choices] == [0, 1, 2]
    texts = [c.message.content for c in whole.choices]
    assert len(set(texts)) > 1 and whole.usage.completion_tokens <= 24
    parts = ["", "", ""]
    ends = []
    for chunk in openai_client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            parts[choice.index] += choice.delta.content or ""
            ends += [choice.index] if choice.finish_reason else []
    assert sorted(ends) == [0, 1, 2] and chunk.usage.prompt_tokens == whole.usage.prompt_tokens
    assert parts == texts
    single = openai_client.chat.completions.create(**{**request, "n": 1})
    assert single.usage.prompt_tokens == whole.usage.prompt_tokens
    with pytest.raises(openai.BadRequestError, match="n: 17 answers"):
        openai_client.chat.completions.create(**{**request, "n": 17})


def test_prompts_of_token_ids(openai_client):
    request = {"model": MODEL, "temperature": 0, "max_tokens": 6}
    text = "The capital of France is"
    ids = requests.post(URL + "/api/tokenize", json={"model": MODEL, "content": text}, timeout=30).json()["tokens"]
    expected = openai_client.completions.create(prompt=text, **request)
    given = openai_client.completions.create(prompt=ids, **request)
    assert given.usage.prompt_tokens == len(ids)
    raw = requests.post(URL + "/api/generate", json={"model": MODEL, "prompt": text, "raw": True, "stream": False, "options": {"temperature": 0, "num_predict": 6}}, timeout=60).json()
    assert given.choices[0].text == raw["response"] != expected.choices[0].text
    several = openai_client.completions.create(prompt=[ids, ids[:2]], **request)
    assert [c.index for c in several.choices] == [0, 1] and several.choices[0].text == raw["response"]
    for prompt, message in (([1, -2], r"prompt\[1\]: -2 is no token id"), ([[1], []], r"prompt\[1\] holds no token ids"),
                            ([[1], [2.5]], r"prompt\[1\]\[0\]: 2.5 is no token id"), ([99_999_999], "not in the vocabulary")):
        with pytest.raises(openai.BadRequestError, match=message):
            openai_client.completions.create(prompt=prompt, **request)
    with pytest.raises(openai.BadRequestError, match="echo together with token ids"):
        openai_client.completions.create(prompt=ids, echo=True, **request)


def test_logprobs_of_completions(openai_client):
    request = {"model": MODEL, "prompt": "One, two, three,", "temperature": 0, "max_tokens": 6}
    whole = openai_client.completions.create(logprobs=3, **request).choices[0]
    shown = whole.logprobs
    assert "".join(shown.tokens) == whole.text and len(shown.token_logprobs) == len(shown.top_logprobs) == len(shown.tokens) == 6
    assert shown.text_offset == [len("".join(shown.tokens[:i])) for i in range(6)]
    for token, logprob, top in zip(shown.tokens, shown.token_logprobs, shown.top_logprobs):
        assert len(top) == 3 and top[token] == max(top.values()) == logprob <= 0
    parts = [c.choices[0] for c in openai_client.completions.create(logprobs=0, stream=True, **request)]
    assert [t for p in parts if p.logprobs for t in p.logprobs.tokens] == shown.tokens
    assert [o for p in parts if p.logprobs for o in p.logprobs.text_offset] == shown.text_offset
    assert openai_client.completions.create(**request).choices[0].logprobs is None
    with pytest.raises(openai.BadRequestError, match="logprobs must be between 0 and 20"):
        openai_client.completions.create(logprobs=21, **request)


def test_several_prompts(openai_client):
    request = {"model": MODEL, "temperature": 0, "max_tokens": 6}
    prompts = ["The capital of France is", "One, two, three,"]
    alone = [openai_client.completions.create(prompt=p, **request) for p in prompts]
    both = openai_client.completions.create(prompt=prompts, echo=True, **request)
    assert [c.text for c in both.choices] == [p + a.choices[0].text for p, a in zip(prompts, alone)]
    assert both.usage.prompt_tokens == sum(a.usage.prompt_tokens for a in alone)
    twice = openai_client.completions.create(prompt=prompts, n=2, **request)
    assert [c.index for c in twice.choices] == [0, 1, 2, 3] and twice.choices[0].text == twice.choices[1].text
    assert twice.usage.prompt_tokens == both.usage.prompt_tokens
    banned = openai_client.completions.create(prompt=prompts[0], logit_bias={"7042": -100}, **request)
    assert banned.choices[0].text
