"""A rented machine for deploy/install.sh: a container with a real systemd and sshd, and perhaps a Docker engine."""
import subprocess
import time
import urllib.request

from conftest import PROGRAM, ROOT

INSTALL = str(ROOT / "deploy/install.sh")


class Machine:
    def __init__(self, docker, folder, kind="plain"):
        """`kind`: a stage of machine/Dockerfile."""
        self.docker, self.name = docker, f"samovar-test-machine-{kind}"
        self.key = folder / "key"
        image = f"localhost/samovar-machine:{kind}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True, timeout=30)
        docker("build", "-q", "--target", kind, "-t", image, str(ROOT / "tests/container/machine"), timeout=900)
        docker("rm", "-f", "-v", self.name, check=False)
        more = ["--cap-add", "SYS_PTRACE"] if kind == "docker" else []  # its engine looks into its containers
        docker("run", "-d", "--name", self.name, "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", *more, "--security-opt", "seccomp=unconfined",
               "--security-opt", "apparmor=unconfined", "--cgroupns=private", "--tmpfs", "/run", "--tmpfs", "/tmp",
               "-p", "127.0.0.1::22", "-p", "127.0.0.1::8000", image)
        docker("cp", str(folder / "key.pub"), f"{self.name}:/root/.ssh/authorized_keys")
        docker("exec", self.name, "chown", "root:root", "/root/.ssh/authorized_keys")
        self.ssh_port, self.page_port = (docker.text("port", self.name, f"{port}/tcp").splitlines()[0].rsplit(":", 1)[1] for port in (22, 8000))
        for service in ["ssh"] + ["docker"] * (kind == "docker"):
            self.wait(lambda: self.run("systemctl", "is-active", service, check=False).stdout.strip() == "active", service)

    def wait(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.docker('logs', self.name).stdout[-3000:]}"
            time.sleep(0.3)

    def run(self, *command, check=True):
        return self.docker("exec", self.name, *command, check=check)

    def install(self, *options, code=0):
        ssh = f"-p {self.ssh_port} -i {self.key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        done = subprocess.run([INSTALL, "--program", PROGRAM, "--ssh", ssh, *options, "root@127.0.0.1"], capture_output=True, text=True, timeout=1200,
                              env=self.docker.environment)
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def open(self, path, body=None, cookie=""):
        request = urllib.request.Request(f"http://127.0.0.1:{self.page_port}{path}", body, {"Content-Type": "application/json", "Cookie": cookie})
        return urllib.request.urlopen(request, timeout=60)

    def get(self, path, **more):
        with self.open(path, **more) as answer:
            return answer.read()

    def answers(self, path="/healthz"):
        try:
            return bool(self.get(path))
        except OSError:
            return False

    def remove(self):
        self.docker("rm", "-f", "-v", self.name, check=False)
