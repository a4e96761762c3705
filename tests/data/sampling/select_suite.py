#!/usr/bin/env python3
"""JSON Schema Test Suite -> json_schema_suite.jsonl (README.md). Usage: select_suite.py FOLDER-OF-THE-SUITE"""
import json
import sys
from pathlib import Path

KEYWORDS = ["additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "default", "defs", "enum", "exclusiveMaximum",
            "exclusiveMinimum", "format", "infinite-loop-detection", "items", "maxItems", "maxLength", "maxProperties",
            "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern",
            "patternProperties", "prefixItems", "properties", "propertyNames", "ref", "required", "type",
            "unevaluatedItems", "unevaluatedProperties", "uniqueItems", "if-then-else", "contains", "dependentRequired",
            "dependentSchemas", "optional/ecmascript-regex", "optional/non-bmp-regex", "optional/unknownKeyword",
            "optional/bignum", "optional/format/date", "optional/format/time", "optional/format/date-time",
            "optional/format/duration", "optional/format/uuid", "optional/format/email", "optional/format/hostname",
            "optional/format/ipv4", "optional/format/ipv6", "optional/format/uri"]


def member_names(schema):
    """In the order in which the schema names them."""
    out = []
    if isinstance(schema, dict):
        out += list(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else []
        out += [name for name in schema.get("required", []) if isinstance(name, str)]
        for value in schema.values():
            out += member_names(value)
    elif isinstance(schema, list):
        for item in schema:
            out += member_names(item)
    return out


def arrange(document, names):
    if isinstance(document, dict):
        rank = {name: at for at, name in reversed(list(enumerate(names)))}
        return {key: arrange(document[key], names) for key in sorted(document, key=lambda key: rank.get(key, len(names)))}
    if isinstance(document, list):
        return [arrange(item, names) for item in document]
    return document


def main():
    folder = Path(sys.argv[1]) / "tests" / "draft2020-12"
    out = Path(__file__).with_name("json_schema_suite.jsonl")
    with out.open("w", encoding="utf-8") as lines:
        for keyword in KEYWORDS:
            for group in json.loads((folder / f"{keyword}.json").read_text(encoding="utf-8")):
                schema = group["schema"]
                if "localhost" in json.dumps(schema):
                    continue
                names = member_names(schema)
                # A schema's own order tells where a document's members go: without it they have none.
                texts = {True: [], False: []}
                for test in group["tests"]:
                    texts[test["valid"]].append(json.dumps(arrange(test["data"], names), ensure_ascii=False, separators=(",", ":")))
                if isinstance(schema, dict):
                    schema.pop("$schema", None)
                record = {"group": f"{keyword}: {group['description']}", "schema": schema,
                          "valid": texts[True], "invalid": texts[False]}
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
