#!/usr/bin/env python3
"""What keeping an answer to a form costs, measured through the Ollama API of a running server.

    samovar serve --threads 1 &
    bench/formats.py --model gemma3:270m

Free answers and constrained ones take turns, round after round; every answer has the same number of tokens and comes
from a prompt of its own, so that nothing is cached and nothing guessed. Prints tokens per second (median, lowest,
highest), the ratio to the free answers, and the time that a token costs more. With --pid the same of the processor
time that the server used, which says more where other work runs beside it (serve with --threads 1: threads that wait
for one another count, too).
"""
import argparse
import json
import os
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
    before = cpu_seconds(arguments.pid)
    with urllib.request.urlopen(request) as reply:
        answer = json.load(reply)
    if answer["eval_count"] < arguments.tokens:
        return None
    return (answer["eval_duration"] / 1e3 / (answer["eval_count"] - 1),
            (cpu_seconds(arguments.pid) - before) * 1e6 / answer["eval_count"])


def cpu_seconds(pid):
    if not pid:
        return 0.0
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:11434")
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--only", help="forms whose name contains this, and the free answers")
    parser.add_argument("--pid", type=int, help="the server's process, on this machine")
    arguments = parser.parse_args()
    forms = {name: form for name, form in FORMS.items() if name == "free" or (arguments.only or "") in name}
    times = {name: [] for name in forms}
    for form in forms.values():
        ask(arguments, form)
    for _ in range(arguments.rounds):
        for name, form in forms.items():
            measured = ask(arguments, form)
            if measured:
                times[name].append(measured)
    for column, what in enumerate(["time", "processor time"] if arguments.pid else ["time"]):
        free = statistics.median(each[column] for each in times["free"])
        print(f"| form | tokens/s of {what} | of free | more, µs a token |\n| --- | --- | --- | --- |")
        for name, all_of in times.items():
            if not all_of:
                print(f"| {name} | no answer was long enough |  |  |")
                continue
            took = sorted(each[column] for each in all_of)
            median = statistics.median(took)
            print(f"| {name} | {1e6 / median:.1f} ({1e6 / took[-1]:.1f}–{1e6 / took[0]:.1f}) | {free / median:.3f} | {median - free:.0f} |")
        print()


if __name__ == "__main__":
    main()
