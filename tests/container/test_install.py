"""deploy/install.sh against a machine with a real systemd and a real sshd: install, again, a bad update, uninstall."""
import json
import subprocess

import pytest
from machine import INSTALL, Machine

@pytest.fixture(scope="module")
def machine(docker, tmp_path_factory):
    docker.provide_base(tmp_path_factory.mktemp("base"))
    made = Machine(docker, tmp_path_factory.mktemp("machine"))
    yield made
    made.remove()


def version(machine):
    return machine.run("readlink", "/opt/samovar/current").stdout.strip()


def test_install_update_and_uninstall(machine, registry):
    model = f"{registry}/library/smollm2:135m"
    said = machine.install("--model", "none")
    assert "is healthy" in said
    assert json.loads(machine.get("/ui/config"))["name"] == "Samovar"
    # Not root, and not much that it may do.
    user = machine.run("systemctl", "show", "-p", "User,MainPID", "samovar").stdout
    assert "User=samovar" in user
    pid = user.split("MainPID=")[1].split()[0]
    status = machine.run("cat", f"/proc/{pid}/status").stdout
    assert "\nNoNewPrivs:\t1" in status and "\nUid:\t0" not in status
    exposure = machine.run("systemd-analyze", "security", "--no-pager", "samovar").stdout.strip().splitlines()[-1]
    assert float(exposure.split(":")[1].split()[0]) < 3, exposure
    assert machine.run("stat", "-c", "%U %a", "/var/lib/samovar").stdout.split() == ["samovar", "700"]

    # Again: the same version, settings taken over, the store kept.
    machine.run("sh", "-c", f"OLLAMA_HOST=http://127.0.0.1:11434 chroot /opt/samovar/current /usr/bin/samovar pull --insecure {model}")
    before = version(machine)
    said = machine.install("--model", model, "--set", "SAMOVAR_DRAIN=7")
    assert "is healthy" in said and version(machine) == before
    assert "SAMOVAR_DRAIN=7" in machine.run("cat", "/etc/samovar/environment").stdout
    assert "smollm2:135m" in machine.get("/api/tags").decode()

    # A change that cannot work: what ran before goes on, with its settings.
    said = machine.install("--model", "none", "--wait", "10", "--set", "SAMOVAR_DRAIN=many", code=1)
    assert "did not become healthy" in said and "SAMOVAR_DRAIN" in said
    assert "SAMOVAR_DRAIN=7" in machine.run("cat", "/etc/samovar/environment").stdout
    assert "smollm2:135m" in machine.get("/api/tags").decode()

    # It comes back by itself.
    machine.run("systemctl", "kill", "-s", "KILL", "samovar")
    machine.wait(machine.answers, "coming back", 30)

    machine.install("--uninstall")
    assert machine.run("test", "-e", "/opt/samovar", check=False).returncode != 0
    assert machine.run("test", "-e", "/var/lib/samovar/models", check=False).returncode == 0
    machine.install("--uninstall", "--purge")
    assert machine.run("test", "-e", "/var/lib/samovar", check=False).returncode != 0


def test_what_cannot_be_is_said():
    def said(*arguments):
        done = subprocess.run([INSTALL, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        return done.stderr

    assert "unknown option --prot" in said("--prot", "1", "host")
    assert "--port many: expected a number" in said("--port", "many", "host")
    assert "--wait soon: expected a number" in said("--wait", "soon", "host")
    assert "one machine at a time" in said("a", "b")
    assert "cannot be reached with ssh" in said("--ssh", "-p 9 -o ConnectTimeout=2", "nobody@127.0.0.1")
