#!/usr/bin/env python3
"""Selects recorded exchanges about the model store for src/api/store_replay_test.cc.

    select_store.py golden-real-runner.jsonl golden-scripted-runner.jsonl > store.jsonl

Kept: copy, delete, blobs, create, pull and push, but for those that need the open internet, another registry, or
an upload of a whole model."""
import json
import sys

PATHS = ("/api/copy", "/api/delete", "/api/blobs/", "/api/create", "/api/pull", "/api/push")
FILES = ("02", "08", "91")
NETWORK = ("unknown from", "from unknown", "unreachable", "hf.co", "push existing", "without insecure", "pull refused")


def keep(row):
    if row["file"][:2] not in FILES or row["err"] or not row["path"].startswith(PATHS):
        return False
    if any(word in row["name"] for word in NETWORK) and row["name"] != "push unreachable":
        return False
    return row["name"] not in ("blob POST gguf", "blob POST chunked", "blob HEAD missing") or row["file"][:2] == "08"


def main():
    rows = [json.loads(line) for path in sys.argv[1:] for line in open(path, encoding="utf-8")]
    for row in filter(keep, rows):
        headers = {k.lower(): v for k, v in row["resp_headers"]}
        print(json.dumps({
            "file": row["file"][:2], "name": row["name"], "method": row["method"], "path": row["path"],
            "body": row["req_body"], "status": row["status"], "content_type": headers.get("content-type", ""),
            "answer": "".join(text for _, text in row["chunks"])}, ensure_ascii=False))


main()
