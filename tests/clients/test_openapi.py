"""Schemathesis against /openapi.json: whatever is sent, every answer is one that the document names, none a 500."""
import json
import os
import subprocess
import sys

import requests
from own_server import MODEL, OwnServer


def bounded(document):
    """Models that are there or not, and answers of a few tokens: so that the run takes seconds."""
    for schema in document["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            if name == "model" and "maxLength" in member:
                schema["properties"][name] = {"enum": [MODEL, "nosuch"]}
    options = document["components"]["schemas"]["Options"]
    options["required"] = ["num_predict", "num_ctx"]
    options["properties"]["num_predict"] = {"type": "integer", "minimum": 0, "maximum": 4}
    options["properties"]["num_ctx"] = {"type": "integer", "minimum": 16, "maximum": 4096}
    for name, limit in (("ChatCompletion", "max_completion_tokens"), ("Completion", "max_tokens"), ("Responses", "max_output_tokens"), ("Messages", "max_tokens")):
        schema = document["components"]["schemas"][name]
        schema["properties"][limit] = {"type": "integer", "minimum": 1, "maximum": 4}
        schema["required"] = sorted({*schema["required"], limit})
    for name in ("Chat", "Generate"):
        document["components"]["schemas"][name]["required"] += ["options"]
    return document


def test_every_answer_is_one_that_the_document_names(tmp_path):
    # A store of its own: models may be copied and removed.
    settings = {"SAMOVAR_MODELS": str(tmp_path / "store"), "SAMOVAR_REQUEST_TIMEOUT": "5", "https_proxy": "http://127.0.0.1:1"}
    subprocess.run([os.environ["SAMOVAR_BINARY"], "import", os.environ["SAMOVAR_TEST_SMOLLM2"], MODEL], env={**os.environ, **settings}, check=True, capture_output=True, timeout=60)
    with OwnServer(tmp_path, **settings) as server:
        document = requests.get(server.url + "/openapi.json", timeout=10).json()
        schema = tmp_path / "openapi.json"
        schema.write_text(json.dumps(bounded(document)), encoding="utf-8")
        command = [os.path.join(os.path.dirname(sys.executable), "st"), "run", str(schema), "--url", server.url, "--seed", "1",
                   "--phases", "fuzzing", "--max-examples", "12", "--request-timeout", "20", "--suppress-health-check", "all", "--no-shrink",
                   "--continue-on-failure", "--exclude-path", "/api/pull", "--exclude-path", "/api/push", "--exclude-path", "/api/create", "--exclude-path", "/api/delete",
                   "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, env={**os.environ, "SCHEMATHESIS_HOOKS": ""})
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        assert requests.get(server.url + "/readyz", timeout=10).status_code == 200
