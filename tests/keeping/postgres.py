"""A PostgreSQL server of the tests' own: Debian's programs, a temporary folder, a Unix socket, no port."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile


def find_programs():
    """The folder of initdb and pg_ctl; Debian keeps them off the PATH. None where PostgreSQL is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    return os.path.dirname(path) if path else None


class Postgres:
    """Runs as another user when the tests run as root, for PostgreSQL refuses to be root."""

    def __init__(self):
        self.programs = find_programs()
        self.folder = tempfile.mkdtemp(prefix="samovar-postgres-")
        self.user = self._choose_user()
        if self.user:
            shutil.chown(self.folder, self.user)
            os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "samovar", "-E", "UTF8", "--locale=C.UTF-8", "-D", self.data)

    @staticmethod
    def _choose_user():
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                pwd.getpwnam(name)
                return name
            except KeyError:
                continue
        raise RuntimeError("there is no user but root to run PostgreSQL as")

    def _run(self, program, *arguments):
        # Without a folder of its own that it may not enter, and with nothing of the caller's settings.
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run([os.path.join(self.programs, program), *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder, timeout=60,
                              env=environment, user=self.user, group=None if self.user is None else pwd.getpwnam(self.user).pw_gid)
        assert done.returncode == 0, f"{program}: {done.stdout}"
        return done.stdout

    def start(self):
        # The tests lose no power: without fsync they take a tenth of the time.
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=50"
        self._run("pg_ctl", "-D", self.data, "-o", options, "-l", os.path.join(self.folder, "log"), "-w", "-t", "30", "start")
        return self

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "30", "stop")

    def conninfo(self, database="postgres"):
        return f"host={self.folder} user=samovar dbname={database}"

    def url(self, database):
        return f"postgresql://samovar:pa55word@/{database}?host={self.folder}"

    def make_database(self, name):
        self._run("createdb", "-h", self.folder, "-U", "samovar", "-T", "template0", "-E", "UTF8", name)
        return self.url(name)

    def remove(self):
        try:
            self.stop()
        except AssertionError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
