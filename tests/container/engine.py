"""A container engine to test with: the one that is there, or, where that is allowed, one of our own."""
import os
import pathlib
import shutil
import subprocess
import time

BASE = "debian:bookworm-slim"


class Engine:
    """`docker` as a function. Where no engine runs and SAMOVAR_CONTAINER_BOOTSTRAP=1 is set (root on Debian), a dockerd of
    our own is started, and the base image is made with mmdebstrap if no registry gives it."""

    def __init__(self, folder):
        # Debian's own client knows BuildKit without the buildx plug-in.
        self.program = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else shutil.which("docker")
        self.environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        self.daemon = None
        if self.program is None or self("version", check=False).returncode != 0:
            self.start(folder)

    def __call__(self, *arguments, check=True, timeout=120, **more):
        result = subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=timeout,
                                env=self.environment, **more)
        if check and result.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {result.stdout[-3000:]}{result.stderr[-6000:]}")
        return result

    def text(self, *arguments, **more):
        return self(*arguments, **more).stdout.strip()

    def start(self, folder):
        assert os.environ.get("SAMOVAR_CONTAINER_BOOTSTRAP") == "1", (
            "no Docker engine answers; start one, or let this test install and start its own with "
            "SAMOVAR_CONTAINER_BOOTSTRAP=1 (root on Debian)")
        if not shutil.which("dockerd"):
            install("docker.io", "iptables")
        self.program = "/usr/bin/docker"
        # Before dockerd starts: it would set the machine's FORWARD policy to DROP otherwise.
        subprocess.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], check=False)
        kept = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "samovar/docker"
        kept.mkdir(parents=True, exist_ok=True)
        socket = f"unix://{folder}/docker.sock"
        with open(folder / "dockerd.log", "w") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "--data-root", str(kept), "--exec-root", str(folder / "exec"), "--pidfile",
                 str(folder / "pid"), "-H", socket, "--exec-opt", "native.cgroupdriver=cgroupfs"],
                stdout=log, stderr=log)
        self.environment["DOCKER_HOST"] = socket
        deadline = time.monotonic() + 30
        while self("version", check=False).returncode != 0:
            assert self.daemon.poll() is None and time.monotonic() < deadline, (folder / "dockerd.log").read_text()[-3000:]
            time.sleep(0.2)

    def provide_base(self, folder):
        """Makes sure that BASE is there. True: made here, so there is no registry to pull from."""
        if self("image", "inspect", BASE, check=False).returncode == 0:
            return
        if self("pull", "-q", BASE, check=False, timeout=300).returncode == 0:
            return
        if not shutil.which("mmdebstrap"):
            install("mmdebstrap")
        archive = str(folder / "base.tar")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase",
                        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--include=usr-is-merged,ca-certificates",
                        "bookworm", archive], check=True, timeout=300)
        self("import", "--change", 'CMD ["bash"]', archive, "docker.io/library/" + BASE)
        os.remove(archive)

    def find_compose(self):
        """The command of a Compose: the client's plug-in, or the older program. None: there is none."""
        if self("compose", "version", check=False).returncode == 0:
            return [self.program, "compose"]
        if not shutil.which("docker-compose") and os.environ.get("SAMOVAR_CONTAINER_BOOTSTRAP") == "1":
            install("docker-compose")
        return ["docker-compose"] if shutil.which("docker-compose") else None

    def stop(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(60)


def install(*packages):
    subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *packages], check=True, timeout=300,
                   env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
