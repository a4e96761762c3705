"""Token ids of `samovar debug tokenize` against llama.cpp's (tests/data/text/tokens.json), 80 texts, two real models."""
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = json.load(open(os.path.join(HERE, "..", "data", "text", "tokens.json")))
MODELS = {"smollm2": os.environ["SAMOVAR_TEST_SMOLLM2"], "gemma3": os.environ["SAMOVAR_TEST_GEMMA3"]}


@pytest.mark.parametrize("mode", ["plain", "special"])
@pytest.mark.parametrize("model", list(MODELS))
def test_ids_equal_llama_cpp(model, mode, tmp_path):
    cases = GOLDEN[model]
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps([case["text"] for case in cases]))
    command = [os.environ["SAMOVAR_BINARY"], "debug", "tokenize", MODELS[model], "--json", str(texts)]
    result = subprocess.run(command + (["--special"] if mode == "special" else []), check=True, capture_output=True, text=True)
    ours = json.loads(result.stdout)
    assert len(ours) == len(cases) == 80
    for case, ids in zip(cases, ours):
        assert ids == case[mode], repr(case["text"])
