#!/usr/bin/env python3
"""What keeping an answer to a form costs, measured through the Ollama API of a running server.

    samovar serve --threads 1 &
    bench/formats.py --model gemma3:270m

Free answers and constrained ones take turns, round after round; every answer has the same number of tokens and comes
from a prompt of its own, so that nothing is cached and nothing guessed. Prints tokens per second (median, lowest,
highest), the ratio to the free answers, and the time that a token costs more.
"""
import argparse
import json
import random
import statistics
import urllib.request

WORDS = "river stone window market garden letter mountain silver morning teacher island winter paper machine".split()
TEXT = {"type": "string"}
FORMS = {
    "free": {},
    "json": {"format": "json"},
    "schema: one long text": {"format": {"type": "object", "properties": {"text": TEXT}, "required": ["text"]}},
    "schema: text counted to 4,000": {"format": {"type": "object", "properties": {"text": {**TEXT, "maxLength": 4000}},
                                                 "required": ["text"]}},
    "schema: list of records": {"format": {"type": "array", "minItems": 1000, "items": {
        "type": "object", "properties": {"name": {**TEXT, "maxLength": 12}, "age": {"type": "integer", "minimum": 0, "maximum": 120},
                                         "kind": {"enum": ["cat", "dog", "fish"]}}, "required": ["name", "age", "kind"]}}},
    "grammar: words": {"options": {"grammar": 'root ::= (word " "){1000,}\nword ::= [a-z]{1,12} ","?'}},
    "regex: numbers": {"options": {"regex": r"(\d{1,6}\.\d{2}; ){1000,}"}},
}


def ask(arguments, form):
    prompt = "Write a story with: " + " ".join(random.choice(WORDS) for _ in range(12))
    body = {"model": arguments.model, "prompt": prompt, "stream": False, **form,
            "options": {"num_predict": arguments.tokens, "num_ctx": 1024, "temperature": arguments.temperature,
                        "seed": random.randrange(1 << 30), **form.get("options", {})}}
    request = urllib.request.Request(arguments.url + "/api/generate", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        answer = json.load(reply)
    if answer["eval_count"] < 2:
        return None
    return (answer["eval_count"] - 1) / (answer["eval_duration"] / 1e9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:11434")
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--only", help="forms whose name contains this, and the free answers")
    arguments = parser.parse_args()
    forms = {name: form for name, form in FORMS.items() if name == "free" or (arguments.only or "") in name}
    speeds = {name: [] for name in forms}
    for form in forms.values():
        ask(arguments, form)
    for _ in range(arguments.rounds):
        for name, form in forms.items():
            speed = ask(arguments, form)
            if speed:
                speeds[name].append(speed)
    free = statistics.median(speeds["free"])
    print("| form | tokens/s | of free | more, µs a token |\n| --- | --- | --- | --- |")
    for name, all_of in speeds.items():
        if not all_of:
            print(f"| {name} | no answer was long enough |  |  |")
            continue
        speed = statistics.median(all_of)
        print(f"| {name} | {speed:.1f} ({min(all_of):.1f}–{max(all_of):.1f}) | {speed / free:.3f} | {1e6 / speed - 1e6 / free:.0f} |")


if __name__ == "__main__":
    main()
