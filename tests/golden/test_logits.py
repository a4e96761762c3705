"""The program's logits against exact float32 ones (reference.py), for real and for tiny random models.

Real models: the mean Kullback-Leibler distance from the truth over the passage of tests/data/golden/logits.json must
not exceed llama.cpp's, whatever the instruction set. Tiny F16 models of all architectures: no log-probability may
differ by more than 2e-3, through prefill, through slices and through the decode path (every instruction set for those
that differ in their kernels, one for the others). The real models' truth takes minutes, so it is kept in the cache.
"""
import hashlib
import json
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

import make_gguf
import reference as exact

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "data", "golden", "logits.json")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "samovar", "truth")
PROGRAM = os.environ["SAMOVAR_BINARY"]
EMULATED = PROGRAM + "_emulated"  # AVX-512 on any machine, for tests only
FAST = {"x86_64": ["avx2", "avx512"], "aarch64": ["neon_dot", "neon_i8mm"]}.get(platform.machine(), ["generic"])
MODELS = {"smollm2": os.environ["SAMOVAR_TEST_SMOLLM2"], "gemma3": os.environ["SAMOVAR_TEST_GEMMA3"]}
LIMITS = {"smollm2": ("smollm2-135m-q4_1", 0.0038), "gemma3": ("gemma3-270m-q4_k_m", 0.0070)}
FAMILIES = ["llama", "qwen2", "qwen3", "phi3", "gemma2", "gemma3"]
VARIANTS = [name[len("tiny-"):] for name in make_gguf.SHAPES if name.startswith("tiny-")
            and name[len("tiny-"):] not in FAMILIES]
WAYS = {"decode": 1, "slices of 7": 7, "prefill": None}
TINY_VOCAB, TINY_TOKENS, TINY_LIMIT = 2048, 150, 2e-3


def log_softmax(rows):
    rows = rows.astype(np.float64)
    rows -= rows.max(-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(-1, keepdims=True))


def reference(model, ids_path, out):
    subprocess.run([sys.executable, os.path.join(HERE, "reference.py"), model, "--tokens", "@" + str(ids_path), "--out",
                    str(out)], check=True, stdout=subprocess.DEVNULL)


def cached_reference(model, ids_path, name):
    """The truth's file; its name changes with the ids and the reference's own code."""
    digest = hashlib.sha256()
    for path in (ids_path, os.path.join(HERE, "reference.py")):
        digest.update(open(path, "rb").read())
    path = os.path.join(CACHE, f"{name}-{digest.hexdigest()[:16]}.npy")
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        reference(model, ids_path, path + ".part.npy")
        os.replace(path + ".part.npy", path)
    return np.load(path, mmap_mode="r")


def has_isa(program, isa):
    """Whether the program can be forced to this instruction set on this machine."""
    result = subprocess.run([program, "--version"], env={**os.environ, "SAMOVAR_ISA": isa}, capture_output=True, text=True)
    return result.returncode == 0 and isa in result.stdout


def program_for(isa):
    if has_isa(PROGRAM, isa):
        return PROGRAM
    if has_isa(EMULATED, isa):
        return EMULATED
    pytest.skip(f"no {isa} on this machine, not even emulated")


def logits(isa, model, ids_path, out, batch=None, cache=None):
    command = [program_for(isa), "debug", "logits", str(model), "--ids", str(ids_path), "--out", str(out)]
    if batch:
        command += ["--batch", str(batch)]
    if cache:
        command += ["--kv-cache", cache]
    subprocess.run(command, check=True, env={**os.environ, "SAMOVAR_ISA": isa}, stdout=subprocess.DEVNULL)
    return np.load(out, mmap_mode="r")


def mean_kl(truth, ours):
    assert truth.shape == ours.shape
    total = 0.0
    for begin in range(0, len(truth), 32):
        p, q = log_softmax(truth[begin:begin + 32]), log_softmax(ours[begin:begin + 32])
        total += float((np.exp(p) * (p - q)).sum())
    return total / len(truth)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("golden")


@pytest.fixture(scope="module", params=list(LIMITS))
def real(request, work):
    name = request.param
    key, limit = LIMITS[name]
    golden = json.load(open(DATA))[key]
    ids_path = work / (name + ".json")
    ids_path.write_text(json.dumps(golden["ids"]))
    return name, golden, limit, ids_path, cached_reference(MODELS[name], ids_path, name)


def make_tiny(name, work):
    """A tiny model, its ids and their exact log-probabilities."""
    model, ids_path = work / f"{name}.gguf", work / f"{name}.json"
    make_gguf.write_model("tiny-" + name, model, MODELS["gemma3" if name.startswith("gemma") else "smollm2"], TINY_VOCAB)
    ids = [int(token) for token in np.random.default_rng(7).integers(3, TINY_VOCAB - 2, TINY_TOKENS)]
    ids_path.write_text(json.dumps(ids))
    return name, model, ids_path, log_softmax(exact.forward(exact.Model(str(model)), ids))


@pytest.fixture(scope="module", params=FAMILIES)
def tiny(request, work):
    return make_tiny(request.param, work)


def test_reference_agrees_with_the_recorded_truth(real):
    _, golden, _, _, truth = real
    for position, top in golden["at"].items():
        row = log_softmax(truth[int(position)][None])[0]
        for token, logprob in top:
            assert abs(row[token] - logprob) < 2e-3, f"position {position}, token {token}"


@pytest.mark.parametrize("isa", FAST)
def test_real_model_is_no_further_from_the_truth_than_llama_cpp(real, isa, work):
    name, _, limit, ids_path, truth = real
    kl = mean_kl(truth, logits(isa, MODELS[name], ids_path, work / "ours.npy"))
    print(f"{name} {isa}: mean KL {kl:.6f}, llama.cpp's {limit}")
    assert kl <= limit


@pytest.mark.parametrize("batch", [1, None])
def test_quantized_cache_costs_little(real, batch, work):
    name, _, limit, ids_path, truth = real
    kl = mean_kl(truth, logits(FAST[0], MODELS[name], ids_path, work / "ours.npy", batch, "q8_0"))
    print(f"{name} q8_0 cache, batch {batch}: mean KL {kl:.6f}")
    assert kl <= limit * 1.2


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("isa", sorted({"generic", *FAST}))
def test_tiny_model_of_every_architecture(tiny, isa, way, work):
    arch, model, ids_path, truth = tiny
    ours = log_softmax(logits(isa, model, ids_path, work / "ours.npy", WAYS[way]))
    worst = float(np.abs(ours - truth).max())
    print(f"tiny {arch} {isa} {way}: max |d log p| {worst:.1e}")
    assert worst <= TINY_LIMIT


@pytest.mark.parametrize("name", VARIANTS)
def test_tiny_model_of_every_variant(name, work):
    _, model, ids_path, truth = make_tiny(name, work)
    for way in ("decode", "prefill"):
        ours = log_softmax(logits(FAST[0], model, ids_path, work / "ours.npy", WAYS[way]))
        assert float(np.abs(ours - truth).max()) <= TINY_LIMIT, way
