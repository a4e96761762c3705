#!/usr/bin/env python3
"""Renders Go templates with Ollama's own code: go_template_oracle.go, built inside an Ollama source tree.

    python make_go_template_goldens.py ORACLE

Reads templates/*.gotmpl and go_snippets.txt; writes go_templates.json:
{"templates": {name: source}, "contexts": {name: input}, "cases": [{template, context, output | error}]}.
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def call(name, arguments):
    return {"id": "c1", "function": {"index": 0, "name": name, "arguments": arguments}}


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Gets the <b>weather</b> & more",
        "parameters": {
            "type": "object",
            "required": ["city"],
            "properties": {
                "unit": {"type": "string", "enum": ["c", "f", 3]},
                "city": {"type": "string", "description": "The city"},
                "days": {"type": ["integer", "null"]},
                "list": {"type": "array", "items": {"type": "string"}},
                "any": {"anyOf": [{"type": "string"}, {"type": "number"}]},
            },
        },
    },
}

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
TURNS = [
    user("Hello, how are you?"),
    assistant("I'm doing great. How can I help you today?"),
    user("I'd like to show off how chat templating works!"),
]
RESULT = {"role": "tool", "content": "12 C <x>", "tool_name": "get_weather", "tool_call_id": "c1"}
ARGUMENTS = {"z": [1, 2.5, None, True], "city": "Paris & <Rome>", "big": 1e21, "n": 1000000, "small": 1e-7}
CALL = assistant("", tool_calls=[call("get_weather", ARGUMENTS)])
CONTEXTS = {
    "user": {"messages": TURNS[:1]},
    "turns": {"messages": TURNS},
    "system": {"messages": [SYSTEM, *TURNS]},
    "system-twice": {"messages": [SYSTEM, user("a"), {"role": "system", "content": "Be brief."}, user("b")]},
    "continue": {"messages": [user("Count."), assistant("1, 2,")]},
    "merge": {"messages": [user("a"), user("b"), assistant("c"), assistant("d"), user("e")]},
    "assistant-first": {"messages": [assistant("Hi!"), user("Hello")]},
    "russian": {"messages": [user("Привет, <мир> & \"ёлки\" 😀")]},
    "empty": {"messages": []},
    "only-system": {"messages": [SYSTEM]},
    "tools": {"messages": [SYSTEM, user("Weather?")], "tools": [WEATHER]},
    "tool-call": {"messages": [user("Weather?"), CALL, RESULT, RESULT], "tools": [WEATHER]},
    "think": {"messages": [user("q"), assistant("a", thinking="hmm"), user("r")], "think": True, "think_level": "high"},
    "no-think": {"messages": [user("q")], "think": False},
    "insert": {"messages": [user("def f(")], "suffix": "return 1"},
}


def main():
    templates = {path.name: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("templates/*.gotmpl"))}
    pairs = [[template, context] for template in templates for context in CONTEXTS]
    for i, snippet in enumerate((HERE / "go_snippets.txt").read_text(encoding="utf-8").split("\n----\n")):
        templates[f"snippet {i}"] = snippet
        pairs += [[f"snippet {i}", context] for context in ("tool-call", "think")]
    data = {"templates": templates, "contexts": CONTEXTS}
    request = json.dumps({**data, "pairs": pairs})
    done = subprocess.run([sys.argv[1]], input=request, capture_output=True, text=True, check=True)
    cases = json.loads(done.stdout)
    text = json.dumps({**data, "cases": cases}, ensure_ascii=False, indent=0)
    (HERE / "go_templates.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(cases)} cases, {sum('error' in case for case in cases)} of them errors, {len(text)} characters")


if __name__ == "__main__":
    main()
