"""The whole program for 64-bit ARM on emulated processors: what it says of them, its logits, one answer over HTTP.

SAMOVAR_ARM64_BINARY is the cross-built program, QEMU_LD_PREFIX where qemu-aarch64 finds its libraries.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")
DATA = os.path.join(HERE, "..", "data", "golden", "logits.json")
PROGRAM = ["qemu-aarch64", os.environ["SAMOVAR_ARM64_BINARY"]]
SMOLLM2 = os.environ["SAMOVAR_TEST_SMOLLM2"]
LLAMA_CPP_KL = 0.0038  # over the whole passage, see tests/golden/test_logits.py
POSITIONS = 32
CPUS = {"max": "neon_i8mm", "neoverse-n1": "neon_dot", "cortex-a57": "generic"}


def environment(folder, cpu, **more):
    return {**os.environ, "QEMU_CPU": cpu, "SAMOVAR_MODELS": str(folder / "models"), "SAMOVAR_DATA": str(folder / "data"), **more}


def run(folder, cpu, *arguments, **more):
    return subprocess.run([*PROGRAM, *arguments], env=environment(folder, cpu, **more), capture_output=True, text=True,
                          timeout=600)


@pytest.mark.parametrize("cpu", CPUS)
def test_takes_the_best_the_processor_has(tmp_path, cpu):
    result = run(tmp_path, cpu, "--version")
    assert re.fullmatch(rf"samovar version \S+ \({CPUS[cpu]}\)\n", result.stdout), result


def test_can_be_forced_to_less_but_not_to_more(tmp_path):
    assert "(neon_dot)" in run(tmp_path, "max", "--version", SAMOVAR_ISA="neon_dot").stdout
    for cpu, isa in (("neoverse-n1", "neon_i8mm"), ("max", "avx2")):
        result = run(tmp_path, cpu, "list", SAMOVAR_ISA=isa)
        assert result.returncode != 0 and f"'{isa}'" in result.stderr, result


def test_doctor_names_the_processor(tmp_path):
    assert "Neoverse N1, instruction set neon_dot" in run(tmp_path, "neoverse-n1", "doctor").stdout
    old = run(tmp_path, "cortex-a57", "doctor").stdout
    assert "Cortex-A57, instruction set generic" in old and "dot product instructions" in old and "AVX2" not in old


def log_softmax(rows):
    rows = rows.astype(np.float64)
    rows -= rows.max(-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(-1, keepdims=True))


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    ids = folder / "ids.json"
    ids.write_text(json.dumps(json.load(open(DATA))["smollm2-135m-q4_1"]["ids"][:POSITIONS]))
    subprocess.run([sys.executable, os.path.join(GOLDEN, "reference.py"), SMOLLM2, "--tokens", f"@{ids}", "--out",
                    str(folder / "truth.npy")], check=True, stdout=subprocess.DEVNULL)
    return ids, log_softmax(np.load(folder / "truth.npy"))


@pytest.mark.parametrize("batch", [POSITIONS, 7, 1])
@pytest.mark.parametrize("isa", ["neon_i8mm", "neon_dot"])
def test_logits_are_near_the_truth(tmp_path, truth, isa, batch):
    ids, p = truth
    out = tmp_path / "ours.npy"
    result = run(tmp_path, "max", "debug", "logits", SMOLLM2, "--ids", str(ids), "--out", str(out), "--batch", str(batch),
                 SAMOVAR_ISA=isa)
    assert result.returncode == 0, result.stderr
    q = log_softmax(np.load(out))
    kl = float((np.exp(p) * (p - q)).sum(-1).mean())
    print(f"{isa}, {batch} at a time: mean KL {kl:.6f} over {POSITIONS} positions")
    assert kl <= LLAMA_CPP_KL


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_answers_over_http(tmp_path):
    imported = run(tmp_path, "max", "import", SMOLLM2, "smollm2:135m")
    assert imported.returncode == 0, imported.stderr
    port = free_port()
    log = open(tmp_path / "log", "w", encoding="utf-8")
    server = subprocess.Popen([*PROGRAM, "serve", "--port", str(free_port()), "--api-port", str(port), "--model",
                               "smollm2:135m"], env=environment(tmp_path, "max"), stdout=log, stderr=log)
    try:
        body = json.dumps({"model": "smollm2:135m", "prompt": "The capital of France is", "raw": True, "stream": False,
                           "options": {"temperature": 0, "num_predict": 4}}).encode()
        deadline = time.monotonic() + 120
        while True:
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/api/generate", body)
                answer = json.load(urllib.request.urlopen(request, timeout=120))
                break
            except OSError:
                assert time.monotonic() < deadline and server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.5)
        assert "Paris" in answer["response"], answer
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
