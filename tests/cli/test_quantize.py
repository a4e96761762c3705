"""samovar quantize, and create --quantize: a real model made smaller still answers, and says what it is."""
import numpy as np
import pytest
from conftest import samovar


def run(*arguments):
    return samovar(*map(str, arguments), timeout=300)


@pytest.fixture(scope="module")
def half_file(tmp_path_factory):
    """SmolLM2 in F16: 270 MB, from the 4-bit file, which has to be asked for."""
    path = tmp_path_factory.mktemp("quantize") / "half.gguf"
    refused = run("quantize", "smollm2:135m", path, "F16")
    assert refused.returncode != 0 and "is Q8_0 already" in refused.stderr and "--allow-requantize" in refused.stderr
    made = run("quantize", "smollm2:135m", path, "F16", "--allow-requantize")
    assert made.returncode == 0, made.stderr
    return path


def test_a_quantised_model_answers(half_file, tmp_path):
    small = tmp_path / "small.gguf"
    made = run("quantize", half_file, small, "q4_k_m")
    assert made.returncode == 0 and "Q5_0" in made.stdout, made.stdout + made.stderr
    assert small.stat().st_size < half_file.stat().st_size / 2.4
    again = run("quantize", half_file, small, "q4_k_m")
    assert again.returncode != 0 and "is there already" in again.stderr
    unknown = run("quantize", half_file, tmp_path / "x.gguf", "Q9_9")
    assert unknown.returncode != 0 and "unknown type 'Q9_9'; there are F32, F16, Q4_0" in unknown.stderr
    ids = tmp_path / "ids.json"
    ids.write_text("[504, 3575, 282, 4649, 314]")  # The capital of France is
    logits = {}
    for file in (half_file, small):
        out = tmp_path / "logits.npy"
        assert run("debug", "logits", file, "--ids", ids, "--out", out).returncode == 0
        logits[file] = np.load(out)[-1].astype(np.float64)
    prob = [np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in logits.values()]
    assert float((prob[0] * np.log(prob[0] / prob[1])).sum()) < 0.1


def test_create_quantizes(half_file, tmp_path):
    modelfile = tmp_path / "Modelfile"
    modelfile.write_text(f"FROM {half_file}\nSYSTEM Be brief.\n")
    try:
        made = run("create", "small-one", "-f", modelfile, "--quantize", "q8_0")
        assert made.returncode == 0, made.stderr
        assert "quantizing F16 model to Q8_0" in made.stderr and "success" in made.stderr
        shown = run("show", "small-one")
        assert "Q8_0" in shown.stdout and "Be brief." in shown.stdout
        again = run("create", "small-two", "-f", modelfile, "-q", "zz")
        assert again.returncode != 0 and "unsupported quantization type ZZ - supported types are F32, F16" in again.stderr
        modelfile.write_text("FROM small-one\n")
        again = run("create", "small-two", "-f", modelfile, "-q", "q4_0")
        assert again.returncode != 0 and "quantization is only supported for F16, BF16 and F32 models" in again.stderr
    finally:
        run("rm", "small-one")
