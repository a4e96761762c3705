"""What a measurement runs beside or inside of: busy neighbours, and a container's CPU limit."""
import contextlib
import os
import subprocess
import sys

V2 = "/sys/fs/cgroup/cgroup.controllers"


@contextlib.contextmanager
def busy_neighbours(count):
    """`count` processes of an endless loop each, for as long as the block runs."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


@contextlib.contextmanager
def cpu_limit(cpus):
    """Commands started by prefix_of() in the block get at most `cpus` processors' time, as in `docker run --cpus`.
    Yields the folder of the cgroup, or None for no limit. Needs root."""
    if not cpus:
        yield None
        return
    if os.path.exists(V2):
        folder = f"/sys/fs/cgroup/samovar-bench-{os.getpid()}"
        os.mkdir(folder)
        write(folder + "/cpu.max", f"{int(cpus * 100000)} 100000")
    else:
        folder = f"/sys/fs/cgroup/cpu/samovar-bench-{os.getpid()}"
        os.mkdir(folder)
        write(folder + "/cpu.cfs_period_us", "100000")
        write(folder + "/cpu.cfs_quota_us", str(int(cpus * 100000)))
    try:
        yield folder
    finally:
        os.rmdir(folder)


def prefix_of(folder):
    """What goes before a command so that it runs inside the cgroup."""
    return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder] if folder else []
