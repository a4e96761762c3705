#!/usr/bin/env python3
"""Selects and trims recorded exchanges with an Ollama server for src/api/replay_test.cc.

    select.py golden-real-runner.jsonl golden-scripted-runner.jsonl > recorded.jsonl

Kept: the endpoints that Samovar serves and every unknown path. Dropped: cases whose request was cut in the
recording, cases without an answer, clients that left. Long tensor lists and metadata are cut."""
import json
import sys

SERVED = ("/api/version", "/api/tags", "/api/ps", "/api/show", "/api/chat", "/api/generate", "/v1/chat/completions",
          "/v1/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/api/embed", "/api/embeddings", "/v1/embeddings")
FILES = ("01", "02", "03", "04", "05", "06", "07", "90", "92", "93", "94", "95")
LONGEST_EMBEDDED = 10_000  # bytes of a request
KEEP_HEADERS = ("host", "origin", "content-type", "access-control-request-method")


def is_served(path):
    return path == "/" or path.rstrip("/").replace("//", "/") in SERVED or path.startswith("/v1/models")


def is_unknown(row):
    return row["status"] == 404 and "404 page not found" in "".join(text for _, text in row["chunks"])


def trim(path, text):
    try:
        answer = json.loads(text)
    except ValueError:
        return text
    if path == "/api/show" and "tensors" in answer:
        answer["tensors"] = answer["tensors"][:1]
        answer["model_info"] = dict(list(answer["model_info"].items())[:2])
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    if "embed" in path and isinstance(answer, dict):
        for item in [answer, *(answer.get("data") or [])]:
            for key in ("embedding", "embeddings"):
                if isinstance(item.get(key), list):
                    item[key] = [v[:2] if isinstance(v, list) else v for v in item[key][:2]]
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + ("\n" if text.endswith("\n") else "")
    return text


def keep(row):
    if row["file"][:2] not in FILES or row["err"] or "cut in transcript" in (row["req_body"] or ""):
        return False
    if "embed" in row["path"] and len(row["req_body"] or "") > LONGEST_EMBEDDED:
        return False
    if row["req_headers"].get("Content-Encoding"):
        return False
    if row["req_headers"].get("Transfer-Encoding"):  # the body is recorded with its chunk sizes
        return False
    if row["path"] == "/api/show" and row["status"] == 200 and not json_ok(row):
        return False
    return is_served(row["path"]) or is_unknown(row)


def json_ok(row):
    try:
        json.loads("".join(text for _, text in row["chunks"]))
        return True
    except ValueError:
        return False


def main():
    for path in sys.argv[1:]:
        for line in open(path, encoding="utf-8"):
            row = json.loads(line)
            if not keep(row):
                continue
            headers = {k.lower(): v for k, v in row["resp_headers"]}
            print(json.dumps({
                "file": row["file"].removesuffix(".txt"), "name": row["name"], "method": row["method"], "path": row["path"],
                "headers": [[k, v] for k, v in row["req_headers"].items() if k.lower() in KEEP_HEADERS],
                "body": row["req_body"], "status": row["status"], "content_type": headers.get("content-type", ""),
                "answer": trim(row["path"], "".join(text for _, text in row["chunks"]))}, ensure_ascii=False))


main()
