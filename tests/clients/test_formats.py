"""Answers that must have a form: JSON, schemas, calls. Checked by jsonschema, which knows nothing of the server."""
import json
import random
import re

import jsonschema
import ollama
import openai
import pytest
from conftest import MODEL

LOOSE = {"temperature": 1.5, "top_k": 0, "top_p": 1.0, "num_predict": 300}
CITY = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1, "maxLength": 20},
        "people": {"type": "integer", "minimum": 0, "maximum": 40_000_000},
        "kind": {"enum": ["capital", "town"]},
        "founded": {"type": "string", "format": "date"},
        "sights": {"type": "array", "items": {"type": "string", "maxLength": 12}, "minItems": 1, "maxItems": 3},
    },
    "required": ["city", "people", "kind", "founded", "sights"],
    "additionalProperties": False,
}


def random_schema(rng, depth=0):
    """Small enough that an answer ends within its tokens."""
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "pattern", "format"]
    if depth < 3:
        kinds += ["object", "object", "array", "anyOf", "allOf", "ref"]
    kind = rng.choice(kinds)
    if kind == "string":
        low = rng.randint(0, 3)
        return {"type": "string", "minLength": low, "maxLength": low + rng.randint(0, 6)}
    if kind in ("integer", "number"):
        low = rng.randint(-1000, 1000) / (1 if kind == "integer" else 8)
        limits = [{}, {"minimum": low}, {"maximum": low}, {"exclusiveMinimum": low, "maximum": low + rng.randint(1, 500)}]
        return {"type": kind, **rng.choice(limits)}
    if kind in ("boolean", "null"):
        return {"type": kind}
    if kind == "enum":
        return {"enum": rng.sample(["a", "ü\n", 1, 2.5, None, True, {"k": []}, ["x", 3], ""], rng.randint(1, 4))}
    if kind == "pattern":
        return {"type": "string", "pattern": rng.choice([r"^[a-z]{1,4}\d?$", r"^(yes|no|nö)$", r"^\w+@x\.(org|de)$", r"^[^\s\"]{2,3}$"]),
                "maxLength": 12}
    if kind == "format":
        return {"type": "string", "format": rng.choice(["date", "date-time", "uuid", "email", "ipv4"]), "maxLength": 60}
    if kind == "object":
        names = rng.sample(["a", "b", "naïve", "d e", "$f"], rng.randint(0, 4))
        out = {"type": "object", "properties": {name: random_schema(rng, depth + 1) for name in names},
               "required": [name for name in names if rng.random() < 0.6]}
        if rng.random() < 0.3:
            out["additionalProperties"] = rng.choice([False, {"type": "boolean"}])
            out["maxProperties"] = len(names) + 1
        return out
    if kind == "array":
        low = rng.randint(0, 2)
        return {"type": "array", "items": random_schema(rng, depth + 1), "minItems": low, "maxItems": low + rng.randint(0, 2)}
    if kind == "anyOf":
        return {"anyOf": [random_schema(rng, depth + 1) for _ in range(rng.randint(1, 3))]}
    if kind == "allOf":
        return {"allOf": [{"type": "object", "properties": {"x": random_schema(rng, depth + 1)}, "required": ["x"]},
                          {"properties": {"y": {"type": "integer", "minimum": 3}}, "required": ["y"]}]}
    return {"$ref": "#/$defs/tree"}


TREE = {"type": "object", "properties": {"v": {"type": "integer", "minimum": 0, "maximum": 99},
                                         "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/tree"}]}},
        "required": ["v", "next"], "additionalProperties": False}


def test_a_schema_is_kept_at_every_temperature(ollama_client):
    for seed in range(4):
        answer = ollama_client.chat(MODEL, [{"role": "user", "content": "Describe a city."}], format=CITY,
                                    options={**LOOSE, "seed": seed, "temperature": seed * 0.7})
        assert answer.done_reason == "stop"
        jsonschema.validate(json.loads(answer.message.content), CITY, format_checker=jsonschema.FormatChecker())


def test_random_schemas_give_valid_documents(ollama_client):
    rng = random.Random(11)
    finished = 0
    for number in range(60):
        schema = {**random_schema(rng), "$defs": {"tree": TREE}}
        answer = ollama_client.generate(MODEL, "Some data, please:", format=schema, options={**LOOSE, "seed": number})
        if answer.done_reason != "stop":
            continue
        finished += 1
        try:
            jsonschema.validate(json.loads(answer.response), schema, format_checker=jsonschema.FormatChecker())
        except (ValueError, jsonschema.ValidationError) as error:
            pytest.fail(f"{json.dumps(schema)}\n{answer.response}\n{error}")
    assert finished > 50


def test_json_mode_is_an_object(ollama_client):
    for seed in range(3):
        answer = ollama_client.generate(MODEL, "A very short JSON object:", format="json",
                                        options={"temperature": 0.7, "seed": seed, "num_predict": 400})
        if answer.done_reason == "stop":
            assert isinstance(json.loads(answer.response), dict)


def test_what_cannot_be_kept_is_refused_by_name(ollama_client):
    bad = {
        "'not' is not supported at #/properties/a": {"type": "object", "properties": {"a": {"not": {}}}},
        "the type 'text' is unknown at #": {"type": "text"},
        "nothing can satisfy it": {"type": "integer", "minimum": 2, "maximum": 1},
        "the pattern is too large": {"type": "string", "pattern": "((a{100}){100}){100}"},
    }
    for message, schema in bad.items():
        with pytest.raises(ollama.ResponseError) as error:
            ollama_client.generate(MODEL, "x", format=schema)
        assert error.value.status_code == 400 and message in error.value.error
    deep = {"type": "null"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    with pytest.raises(ollama.ResponseError) as error:
        ollama_client.generate(MODEL, "x", format=deep)
    assert error.value.status_code == 400


def test_openai_response_formats(openai_client):
    answer = openai_client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Describe a city."}], max_tokens=300,
        response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": True}})
    jsonschema.validate(json.loads(answer.choices[0].message.content), CITY)
    answer = openai_client.responses.create(
        model=MODEL, input="Describe a city.", max_output_tokens=300,
        text={"format": {"type": "json_schema", "name": "city", "schema": CITY, "strict": True}})
    jsonschema.validate(json.loads(answer.output_text), CITY)


GRAMMAR = r"""
root  ::= "The answer is " number unit "."   # one sentence
number ::= "0" | [1-9] [0-9]{0,2} ("." [0-9])?
unit  ::= " metres" | " kg" | "%"
"""
GRAMMAR_AS_PATTERN = re.compile(r"The answer is (0|[1-9]\d{0,2}(\.\d)?)( metres| kg|%)\.")


def test_a_grammar_is_kept(ollama_client, openai_client):
    for seed in range(3):
        options = {**LOOSE, "seed": seed, "grammar": GRAMMAR}
        answer = ollama_client.generate(MODEL, "How tall is it?", options=options)
        assert answer.done_reason == "stop" and GRAMMAR_AS_PATTERN.fullmatch(answer.response), answer.response
        answer = ollama_client.chat(MODEL, [{"role": "user", "content": "How tall is it?"}], options=options)
        assert GRAMMAR_AS_PATTERN.fullmatch(answer.message.content), answer.message.content
    answer = openai_client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "How tall is it?"}], extra_body={"grammar": GRAMMAR})
    assert GRAMMAR_AS_PATTERN.fullmatch(answer.choices[0].message.content)


def test_a_recursive_grammar_is_kept(ollama_client):
    grammar = 'root ::= sum\nsum ::= term ("+" term){1,3}\nterm ::= [0-9] | "(" sum ")"'
    finished = 0
    for seed in range(6):
        answer = ollama_client.generate(MODEL, "A sum:", options={**LOOSE, "seed": seed, "grammar": grammar})
        text = answer.response
        depth = 0
        for letter in text:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            assert depth >= 0
        assert not re.search(r"[^0-9+()]|\d\d|\+\+|\+\)|\(\+|\)\(|\d\(|\)\d", text), text
        if answer.done_reason == "stop":
            finished += 1
            assert depth == 0 and "+" in text and text[-1] in "0123456789)", text
    assert finished > 2


def test_a_regex_is_kept(ollama_client, openai_client):
    pattern = r"(Mon|Tues|Wednes)day, \d{1,2} (May|June) (19|20)\d\d( [\u0430-\u044f]{3})?"
    for seed in range(3):
        answer = ollama_client.generate(MODEL, "When?", options={**LOOSE, "seed": seed, "regex": pattern})
        assert answer.done_reason == "stop" and re.fullmatch(pattern, answer.response), answer.response
    answer = openai_client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "When?"}], extra_body={"regex": pattern})
    assert re.fullmatch(pattern, answer.choices[0].message.content)
    answer = openai_client.completions.create(model=MODEL, prompt="When?", extra_body={"regex": "^[0-9]{4}$"})
    assert re.fullmatch("[0-9]{4}", answer.choices[0].text)


def test_bad_grammars_and_patterns_are_refused_with_their_place(ollama_client, openai_client):
    bad = [
        ({"grammar": 'root ::= a\na ::= "x" itme'}, "grammar: line 2, column 11: rule 'itme' is not defined"),
        ({"grammar": 'root ::= "a"{2'}, "grammar: line 1, column 15: '}' is expected"),
        ({"grammar": 'root ::= root "a" | "b"'}, "rule 'root' begins with itself"),
        ({"grammar": "root ::= [^a]{100000} [^b]{100000}"}, "grammar: it needs more than 200000 states"),
        ({"regex": "a(b"}, "regex: a '(' without its ')' at byte 3"),
        ({"regex": "(?=a)b"}, "regex: look-ahead"),
        ({"regex": "((a{100}){100}){100}"}, "regex: the pattern is too large"),
        ({"regex": "a", "grammar": 'root ::= "a"'}, "only one of format, grammar and regex"),
    ]
    for options, message in bad:
        with pytest.raises(ollama.ResponseError) as error:
            ollama_client.generate(MODEL, "x", options=options)
        assert error.value.status_code == 400 and message in error.value.error, error.value.error
        with pytest.raises(openai.BadRequestError, match=re.escape(message)):
            openai_client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x"}], extra_body=options)
    with pytest.raises(ollama.ResponseError, match='option "grammar" must be of type string'):
        ollama_client.generate(MODEL, "x", options={"grammar": 5})


def test_logit_bias(openai_client):
    request = {"model": MODEL, "messages": [{"role": "user", "content": "What is 2+2?"}], "temperature": 0, "max_tokens": 4}
    plain = openai_client.chat.completions.create(**request, logprobs=True)
    biased = openai_client.chat.completions.create(**request, logit_bias={"5": 100})
    assert plain.choices[0].logprobs.content and biased.choices[0].message.content != plain.choices[0].message.content
    with pytest.raises(openai.BadRequestError):
        openai_client.chat.completions.create(**request, logit_bias={"x": 1})
