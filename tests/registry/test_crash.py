"""Killed at any moment, the store stays whole: a model is there with all its parts, or not at all."""
import random
import signal
import time

from conftest import SMOLLM2


def test_killed_while_making_models(samovar, tmp_path):
    chance = random.Random(7)
    modelfile = tmp_path / "Modelfile"
    killed = 0
    for attempt in range(24):
        modelfile.write_text(f"FROM {SMOLLM2}\nSYSTEM number {attempt}\n")
        process = samovar.start("create", "m", "-f", str(modelfile))
        time.sleep(chance.uniform(0.005, 0.25))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        for name in samovar.names():
            shown = samovar("show", name, "--system")
            assert shown.returncode == 0 and shown.output.startswith("number "), shown.errors
    assert killed > 3, "it was always faster than the signal"
    assert samovar("create", "m", "-f", str(modelfile)).returncode == 0
    assert samovar("show", "m", "--system").output == "number 23"
    for name in samovar.blobs():
        assert name.startswith((".samovar-import-", "sha256-"))
