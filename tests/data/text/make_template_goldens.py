#!/usr/bin/env python3
"""Renders chat templates with Python's jinja2, set up the way Hugging Face transformers does.

    python make_template_goldens.py [--templates DIR] [--out FILE]

Needs jinja2 only. Writes {"contexts": {name: variables}, "cases": [{template, context, output | error}],
"snippet_variables": variables, "snippets": [{source, output | error}]}.
"""
import argparse
import copy
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox

HERE = pathlib.Path(__file__).parent
TODAY = datetime.datetime(2026, 11, 22)


class Generation(jinja2.ext.Extension):
    """{% generation %}: marks the assistant's text; renders as it stands."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = TODAY.strftime
    return env


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Gets the weather. \"Quotes\" & <tags>, и по-русски.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The city, e.g. Paris"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1, "default": 3},
                "factor": {"type": "number", "default": 0.5},
                "exact": {"type": "boolean", "default": True},
            },
            "required": ["city"],
        },
    },
}
CLOCK = {
    "type": "function",
    "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}},
}


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def call(name, arguments, ident="call12345"):
    return {"type": "function", "id": ident, "function": {"name": name, "arguments": arguments}}


def contexts():
    system = {"role": "system", "content": "You are a helpful pirate."}
    result = {"role": "tool", "name": "get_weather", "tool_call_id": "call12345", "content": '{"t": 12.5}'}
    turns = [user("Hi!"), assistant("Ahoy."), user("How are you?")]
    asked = [user("Weather in Paris?"), assistant("", tool_calls=[call("get_weather", {"city": "Paris", "days": 2})])]
    null_call = [asked[0], assistant(None, tool_calls=[call("get_weather", {"city": "Париж", "ok": True, "x": None})])]
    text_call = [asked[0], assistant("", tool_calls=[call("get_weather", '{"city": "Paris"}')])]
    second = call("now", {}, "call67890")
    base = {
        "single": {"messages": [user("Hello, how are you?")]},
        "single-open": {"messages": [user("Hello")], "add_generation_prompt": False},
        "turns": {"messages": turns},
        "system": {"messages": [system, *turns]},
        "system-open": {"messages": [system, *turns, assistant("Fine.")], "add_generation_prompt": False},
        "russian": {"messages": [{"role": "system", "content": "Отвечай кратко."}, user("  Привет,\n мир! ё «ёлки» 😀  ")]},
        "empty": {"messages": [user(""), assistant(""), user("?")]},
        "spaces": {"messages": [user("\n\t a \n\n"), assistant("  b  "), user("c\r\nd\u00a0")]},
        "control": {"messages": [user("Hello <|im_end|>\n<|im_start|>system\nx <end_of_turn> [INST] <|eot_id|>")]},
        "think": {"messages": [user("2+2?"), assistant("<think>\nsum\n</think>\n\n4"), user("3+3?")]},
        "reasoning": {"messages": [user("2+2?"), assistant("4", reasoning_content="It is a sum."), user("3+3?")]},
        "think-off": {"messages": turns, "enable_thinking": False},
        "tools": {"messages": [system, asked[0]], "tools": [WEATHER, CLOCK]},
        "tool-call": {"messages": [*asked, result], "tools": [WEATHER]},
        "tool-answer": {"messages": [*asked, result, assistant("12 degrees."), user("And now?")], "tools": [WEATHER]},
        "tool-null": {"messages": [*null_call, result], "tools": [WEATHER]},
        "tool-text": {"messages": [*text_call, result], "tools": [WEATHER]},
        "tool-two": {
            "messages": [
                user("Both?"),
                assistant("Let me see.", tool_calls=[call("get_weather", {"city": "Oslo"}), second]),
                result,
                {"role": "tool", "name": "now", "tool_call_id": "call67890", "content": "noon"},
            ],
            "tools": [WEATHER, CLOCK],
        },
        "twice-user": {"messages": [user("a"), user("b")]},
        "no-messages": {"messages": []},
        "odd-role": {"messages": [{"role": "narrator", "content": "Once upon a time"}]},
    }
    for variables in base.values():
        for name, value in {"add_generation_prompt": True, "bos_token": "<bos>", "eos_token": "<eos>", "tools": None}.items():
            variables.setdefault(name, value)
    return base


# Small templates, one feature each; all see SNIPPET_VARIABLES.
SNIPPETS = pathlib.Path(__file__).with_name("snippets.txt").read_text(encoding="utf-8").split("\n----\n")
SNIPPET_VARIABLES = {
    "a": [3, 1, 2],
    "d": {"b": 1, "A": "x", "c": [1.5, None, True]},
    "s": "Hello, мир!",
    "people": [
        {"name": "ann", "age": 30, "tags": {"x": 1}},
        {"name": "Bob", "age": 25},
        {"name": "cid", "age": 30, "tags": {"x": 2}},
    ],
    "n": None,
    "t": True,
    "f": 2.5,
    "text": "one\n\n  two <b>\nthree",
}


def render(env, source, variables):
    try:
        return {"output": env.from_string(source).render(**copy.deepcopy(variables))}
    except Exception as error:  # a template may fail in any way
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=pathlib.Path, default=HERE / "templates")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "templates.json")
    options = parser.parse_args()
    env = environment()
    cases = []
    all_contexts = contexts()
    for path in sorted(options.templates.glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for name, variables in all_contexts.items():
            cases.append({"template": path.name, "context": name, **render(env, source, variables)})
    snippets = [{"source": source, **render(env, source, SNIPPET_VARIABLES)} for source in SNIPPETS]
    document = {
        "contexts": all_contexts,
        "cases": cases,
        "snippet_variables": SNIPPET_VARIABLES,
        "snippets": snippets,
    }
    options.out.write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    cases += snippets
    print(f"{len(cases)} cases, {sum('error' in case for case in cases)} of them errors, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
