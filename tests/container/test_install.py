"""deploy/install.sh against a machine with a real systemd and a real sshd: install, again, a bad update, uninstall."""
import json
import subprocess
import time
import urllib.request

import pytest
from conftest import PROGRAM, ROOT

INSTALL = str(ROOT / "deploy/install.sh")


class Machine:
    def __init__(self, docker, folder):
        self.docker, self.name = docker, "samovar-test-machine"
        self.key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True, timeout=30)
        docker("build", "-q", "-t", "localhost/samovar-machine", str(ROOT / "tests/container/machine"), timeout=900)
        docker("rm", "-f", self.name, check=False)
        docker("run", "-d", "--name", self.name, "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--security-opt", "seccomp=unconfined",
               "--security-opt", "apparmor=unconfined", "--cgroupns=private", "--tmpfs", "/run", "--tmpfs", "/tmp",
               "-p", "127.0.0.1::22", "-p", "127.0.0.1::8000", "localhost/samovar-machine")
        docker("cp", str(folder / "key.pub"), f"{self.name}:/root/.ssh/authorized_keys")
        docker("exec", self.name, "chown", "root:root", "/root/.ssh/authorized_keys")
        self.ssh_port, self.page_port = (docker.text("port", self.name, f"{port}/tcp").splitlines()[0].rsplit(":", 1)[1] for port in (22, 8000))
        deadline = time.monotonic() + 60
        while self.run("systemctl", "is-active", "ssh", check=False).stdout.strip() != "active":
            assert time.monotonic() < deadline, docker("logs", self.name).stdout[-3000:]
            time.sleep(0.5)

    def run(self, *command, check=True):
        return self.docker("exec", self.name, *command, check=check)

    def install(self, *options, code=0):
        ssh = f"-p {self.ssh_port} -i {self.key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        done = subprocess.run([INSTALL, "--program", PROGRAM, "--ssh", ssh, *options, "root@127.0.0.1"], capture_output=True, text=True, timeout=1200)
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.page_port}{path}", timeout=10) as answer:
            return answer.read()

    def version(self):
        return self.run("readlink", "/opt/samovar/current").stdout.strip()


@pytest.fixture(scope="module")
def machine(docker, tmp_path_factory):
    docker.provide_base(tmp_path_factory.mktemp("base"))
    made = Machine(docker, tmp_path_factory.mktemp("machine"))
    yield made
    docker("rm", "-f", made.name, check=False)


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
    before = machine.version()
    said = machine.install("--model", model, "--set", "SAMOVAR_DRAIN=7")
    assert "is healthy" in said and machine.version() == before
    assert "SAMOVAR_DRAIN=7" in machine.run("cat", "/etc/samovar/environment").stdout
    assert "smollm2:135m" in machine.get("/api/tags").decode()

    # A change that cannot work: what ran before goes on, with its settings.
    said = machine.install("--model", "none", "--set", "SAMOVAR_DRAIN=many", code=1)
    assert "did not become healthy" in said and "SAMOVAR_DRAIN" in said
    assert "SAMOVAR_DRAIN=7" in machine.run("cat", "/etc/samovar/environment").stdout
    assert "smollm2:135m" in machine.get("/api/tags").decode()

    # It comes back by itself.
    machine.run("systemctl", "kill", "-s", "KILL", "samovar")
    deadline = time.monotonic() + 30
    while True:
        try:
            machine.get("/healthz")
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)

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
    assert "one machine at a time" in said("a", "b")
    assert "cannot be reached with ssh" in said("--ssh", "-p 9 -o ConnectTimeout=2", "nobody@127.0.0.1")
