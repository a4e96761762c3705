"""`samovar debug` and `samovar bench`."""
import json

import numpy as np
import pytest
from conftest import SMOLLM2, samovar


def write(path, value):
    path.write_text(json.dumps(value))
    return str(path)


def log_softmax(rows):
    rows = rows.astype(np.float64)
    rows -= rows.max(-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(-1, keepdims=True))


def test_tokenize_by_name_and_by_path(tmp_path):
    file = write(tmp_path / "texts.json", ["Hello world", "", "<|im_end|>"])
    by_name = samovar("debug", "tokenize", "smollm2:135m", "--json", file)
    assert by_name.returncode == 0, by_name.stderr
    plain = json.loads(by_name.stdout)
    assert len(plain) == 3 and plain[1] == [] and len(plain[2]) > 1
    special = json.loads(samovar("debug", "tokenize", SMOLLM2, "--special", "--json", file).stdout)
    assert special[0] == plain[0] and special[2] == [2]


def test_logits_through_prefill_and_decode_agree(tmp_path):
    ids = write(tmp_path / "ids.json", [504, 3575, 282, 4649, 314, 7042])
    out = {batch: tmp_path / f"{batch}.npy" for batch in ("1", "128")}
    for batch, path in out.items():
        result = samovar("debug", "logits", "smollm2:135m", "--ids", ids, "--out", str(path), "--batch", batch)
        assert result.returncode == 0, result.stderr
    one, many = np.load(out["1"]), np.load(out["128"])
    assert one.dtype == np.float32 and one.shape == many.shape == (6, 49152)
    assert np.isfinite(one).all()
    # Rounding of activations to int8 differs between the paths; the distributions must hardly.
    p, q = log_softmax(one), log_softmax(many)
    assert (np.exp(p) * (p - q)).sum(-1).mean() < 0.01


@pytest.mark.parametrize("model, batch", [("smollm2:135m", "1"), ("gemma3:270m", "7")])
def test_the_best_logits_are_those_of_all(tmp_path, model, batch):
    ids = write(tmp_path / "ids.json", [1, 500, 1700, 300, 28, 900, 4000, 12, 77, 2500, 41, 6000])
    found = []
    for name, top_k in (("all", "0"), ("best", "40")):
        out = tmp_path / (name + ".npy")
        result = samovar("debug", "logits", model, "--ids", ids, "--out", str(out), "--batch", batch, "--top-k", top_k)
        assert result.returncode == 0, result.stderr
        assert ("computed whole" in result.stderr) == (top_k == "40")
        found.append(np.load(out))
    every, best = found
    assert (np.isneginf(best) | (best == every)).all() and np.isneginf(best).mean() > 0.1
    last = np.sort(every, axis=-1)[:, -40, None]
    assert (best == every)[every >= last].all()


def test_template_renders_the_models_own(tmp_path):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    result = samovar("debug", "template", "smollm2:135m", "--json", write(tmp_path / "m.json", messages))
    assert result.stdout == ("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                             "<|im_start|>assistant\n")


def test_bench_measures(tmp_path):
    result = samovar("bench", "smollm2:135m", "-p", "32", "-n", "8", "-t", "1,2", "-r", "2", "--json")
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    assert [row["threads"] for row in rows] == [1, 2]
    for row in rows:
        assert row["prefill_tokens_per_s"] > 0 and row["decode_tokens_per_s"] > 0 and row["memory_read_gb_per_s"] > 0
        assert row["isa"] in ("generic", "avx2", "avx512", "neon_dot", "neon_i8mm")
        assert row["model"] == "smollm2:135m" and row["file_bytes"] == 98362432
    table = samovar("bench", SMOLLM2, "-p", "16", "-n", "4", "-t", "1", "-r", "1", "--depth", "16")
    assert table.returncode == 0 and "prefill" in table.stdout


@pytest.mark.parametrize("arguments, content, named", [
    (["debug", "tokenize", "smollm2:135m", "--json"], '{"a": 1}', "expected a JSON array"),
    (["debug", "tokenize", "smollm2:135m", "--json"], '["a", 1]', "element 1"),
    (["debug", "tokenize", "nosuch", "--json"], '["a"]', "nosuch"),
    (["debug", "template", "smollm2:135m", "--json"], '[{"content": "x"}]', "message 0"),
    (["debug", "logits", "smollm2:135m", "--out", "/dev/null", "--ids"], "[1, 99999999]", "99999999"),
    (["debug", "logits", "smollm2:135m", "--out", "/dev/null", "--ids"], "[-1]", "element 0"),
    (["debug", "logits", "smollm2:135m", "--out", "/nonexistent/x.npy", "--ids"], "[1]", "/nonexistent/x.npy"),
])
def test_wrong_input_is_named(tmp_path, arguments, content, named):
    file = tmp_path / "input.json"
    file.write_text(content)
    result = samovar(*arguments, str(file))
    assert result.returncode == 1
    assert named in result.stderr


def test_bench_beyond_the_context():
    result = samovar("bench", "smollm2:135m", "-p", "512", "--depth", "8000")
    assert result.returncode == 1
    assert "8512" in result.stderr and "8192" in result.stderr
