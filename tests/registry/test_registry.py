"""Pull and push through Debian's own registry."""
import json
import signal
import time
import urllib.request

import pytest

from conftest import SMOLLM2, TINY


def make_model(samovar, tmp_path, name, file=TINY):
    (tmp_path / "Modelfile").write_text(
        f'FROM {file}\nSYSTEM You are a pirate.\nPARAMETER stop "<|im_end|>"\nPARAMETER temperature 0.5\n')
    made = samovar("create", name, "-f", str(tmp_path / "Modelfile"))
    assert made.returncode == 0, made.errors
    return made


def test_push_and_pull_back(samovar, other, registry, tmp_path):
    name = f"{registry}/me/pirate:v1"
    make_model(samovar, tmp_path, "pirate")
    assert samovar("cp", "pirate", name).output == f"copied 'pirate' to '{name}'\n"
    pushed = samovar("push", "--insecure", name)
    assert pushed.returncode == 0, pushed.errors
    assert "pushing manifest" in pushed.errors and pushed.errors.endswith("success\n")

    pulled = other("pull", "--insecure", name)
    assert pulled.returncode == 0, pulled.errors
    lines = pulled.errors.splitlines()
    assert lines[0] == "pulling manifest" and lines[-3:] == ["verifying sha256 digest", "writing manifest", "success"]
    assert other.names() == [name]
    other.check()
    assert other("show", name, "--system").output == "You are a pirate."
    assert other("show", name, "--parameters").output == samovar("show", name, "--parameters").output
    assert (other.root / "manifests" / registry / "me/pirate/v1").read_bytes() == \
        (samovar.root / "manifests" / registry / "me/pirate/v1").read_bytes()

    again = other("pull", "--insecure", name)
    assert again.returncode == 0 and "100%" in again.errors
    again = samovar("push", "--insecure", name)
    assert again.returncode == 0


def test_what_is_not_there(samovar, registry):
    result = samovar("pull", "--insecure", f"{registry}/me/nope")
    assert result.returncode == 1
    assert result.errors == "pulling manifest\nError: pull model manifest: file does not exist\n"
    result = samovar("push", "--insecure", f"{registry}/me/nope")
    assert result.returncode == 1
    assert result.errors.startswith("retrieving manifest\ncouldn't retrieve manifest\nError: open ")
    assert samovar("pull", "bad name").errors == "Error: invalid model name\n"
    assert samovar("rm", "nope").errors == "Error: model 'nope' not found\n"
    assert samovar("stop", "nope", OLLAMA_HOST=registry).returncode == 1


def test_a_server_pulls_pushes_and_creates(samovar, registry, serve, tmp_path):
    """What the API does for clients, and the commands that speak to it."""
    api = serve()
    remote = {"OLLAMA_HOST": api}
    (tmp_path / "Modelfile").write_text(f"FROM {TINY}\nSYSTEM hi\n")
    made = samovar("create", "tiny", "-f", str(tmp_path / "Modelfile"), SAMOVAR_MODELS=str(tmp_path / "no"), **remote)
    assert made.returncode == 0, made.errors
    assert made.errors.endswith("writing manifest\nsuccess\n")
    name = f"{registry}/me/served"
    assert samovar("cp", "tiny", name, **remote).returncode == 0
    assert samovar("push", "--insecure", name, **remote).errors.endswith("success\n")
    assert samovar("rm", name, "tiny", **remote).output == f"deleted '{name}'\ndeleted 'tiny'\n"
    assert samovar.blobs() == []
    request = urllib.request.Request(f"{api}/api/pull", json.dumps({"model": name, "insecure": True}).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in answer]
    assert lines[0] == {"status": "pulling manifest"} and lines[-1] == {"status": "success"}
    pulling = [line for line in lines if "digest" in line]
    assert pulling[0]["status"] == "pulling " + pulling[0]["digest"][7:19]
    assert all(line["total"] >= line.get("completed", 0) for line in pulling)
    samovar.check()
    assert samovar.names() == [name + ":latest"]


@pytest.mark.parametrize("bad", [SMOLLM2], indirect=True)
def test_killed_in_mid_pull_it_goes_on(samovar, bad):
    bad.bytes_per_second = 8_000_000
    name = f"{bad.url}/library/m"
    process = samovar.start("pull", "--insecure", name)
    deadline = time.monotonic() + 30
    while bad.sent_bytes < 60_000_000 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert samovar.names() == [], "nothing of it can be seen yet"
    assert any(name.endswith("-partial") for name in samovar.blobs())
    sent = bad.sent_bytes
    bad.bytes_per_second = None
    bad.sent_bytes = 0
    result = samovar("pull", "--insecure", name)
    assert result.returncode == 0, result.errors
    total = bad.manifest["layers"][0]["size"]
    print(f"{sent} bytes before the kill, {bad.sent_bytes} of {total} after it")
    assert bad.sent_bytes < total - 20_000_000, "it began anew"
    samovar.check()
    assert samovar.names() == [f"127.0.0.1:{bad.port}/library/m:latest"]
