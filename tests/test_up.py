"""``berth up``, ``status`` and ``down`` as a newcomer meets them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import urllib3

from gateway.local.logins import PASSWORDS, can_log_in, other_databases
from gateway.local.ports import HOST, free_port
from gateway.local.postgres import Cluster
from tests.conftest import FAST, HAS_OWN_ZONES, make_tenant

Berth = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter too, when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="berth-up-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def berth(*arguments: str | int | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *map(str, arguments)],
        capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False, timeout=120,
    )  # fmt: skip


@contextlib.contextmanager
def running(data_dir: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A ``berth up`` that is ready, and what it printed until then."""
    ports = [free_port() for _ in range(3)]
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "up", "--data-dir", data_dir, "--pg-port", str(ports[0]),
         "--rest-port", str(ports[1]), "--port", str(ports[2]), *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Ready."):
            break
    else:
        pytest.fail(printed)
    try:
        yield process, printed
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def status(data_dir: Path) -> tuple[int, dict[str, object]]:
    done = berth("status", "--json", "--data-dir", data_dir)
    return done.returncode, json.loads(done.stdout)


def test_up_shows_a_booking_and_a_refusal_and_finds_its_data_again(data_dir: Path) -> None:
    with running(data_dir) as (process, printed):
        assert " 200 confirmed " in printed
        assert " 409 slot_taken: Rehearsal room is booked " in printed
        assert "\nThe worker runs\n" in printed
        code, found = status(data_dir)
        assert (code, found["ready"]) == (0, True)
        # The curl it printed works as pasted.
        curl = printed[printed.index("curl -s") : printed.index("\n\nGateway")]
        answer = json.loads(subprocess.run(curl, shell=True, capture_output=True, text=True, check=True).stdout)
        assert (answer["status"], answer["title"]) == ("confirmed", "My first booking")
        doctor = berth("doctor", "--data-dir", data_dir)
        assert doctor.returncode == 0 or HAS_OWN_ZONES, doctor.stdout
        second = berth("up", "--data-dir", data_dir)
        assert (second.returncode, second.stderr) == (
            2,
            f"berth: already running from {data_dir}; 'berth down' stops it\n",
        )
        children = psutil.Process(process.pid).children(recursive=True)
        password = (data_dir / "postgres_password").read_text()
        assert not any(password in argument for child in children for argument in child.cmdline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert not any(child.is_running() for child in children)
    assert status(data_dir) == (
        1, {"gateway_url": None, "rest_url": None, "database_url": None, "jwt_secret_file": None, "ready": False}
    )  # fmt: skip

    with running(data_dir) as (process, printed):
        assert "0 migrations applied" in printed
        token = berth("token", "--tenant", "demo", "--user", "mia", "--data-dir", data_dir).stdout.strip()
        _, found = status(data_dir)
        mine = urllib3.request(
            "GET",
            f"{found['rest_url']}/reservations",
            headers={"Authorization": f"Bearer {token}"},
            fields={"title": 'in.("Quartet rehearsal","My first booking")'},
        ).json()
        assert len(mine) == 3  # one of each start, and the pasted curl's
        down = berth("down", "--data-dir", data_dir)
        assert (down.returncode, down.stdout) == (0, "stopped\n")
        assert process.wait(10) == 0


def test_what_dies_is_started_again_and_what_is_left_behind_is_cleared(data_dir: Path) -> None:
    with running(data_dir, "--no-demo") as (process, _):
        instance = json.loads((data_dir / "instance.json").read_text())
        with psycopg.connect(instance["database_url"], autocommit=True) as connection:
            tenant = make_tenant(connection)
            connection.execute(
                "insert into booking.reservations (tenant_id, resource_id, status, starts_at, ends_at, expires_at)"
                " values (%s, %s, 'held', now() + '1 day', now() + '2 days', now() + '1 second')",
                (tenant.id, tenant.resource()),
            )
        for name in ("PostgREST", "The worker"):
            os.kill(instance["children"][name][0], signal.SIGKILL)
        deadline = time.monotonic() + 20
        present = instance
        while any(present["children"][name] == instance["children"][name] for name in ("PostgREST", "The worker")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
            present = json.loads((data_dir / "instance.json").read_text())
        while not status(data_dir)[1]["ready"]:
            assert time.monotonic() < deadline
        # The new worker works: the hold expires without anybody asking.
        with psycopg.connect(instance["database_url"], autocommit=True) as connection:
            while connection.execute("select status from booking.reservations").fetchone() != ("expired",):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        # Now the supervisor itself is killed; its children live on, until the next start clears them away.
        process.kill()
        process.wait()
        left = json.loads((data_dir / "instance.json").read_text())["children"]
        assert all(psutil.pid_exists(pid) for pid, _ in left.values())
    with running(data_dir, "--no-demo"):
        assert not any(psutil.pid_exists(pid) for pid, _ in left.values())
        assert status(data_dir)[0] == 0


PASSWORD_NAMES = tuple(PASSWORDS.values())


def test_a_server_that_others_use(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its logins keep their passwords, and nobody gets a demo tenant unasked."""
    for name in PASSWORD_NAMES:
        monkeypatch.delenv(name, raising=False)
    for folder in ("server", "one", "two"):
        (data_dir / folder).mkdir(mode=0o755)
    cluster = Cluster(data_dir / "server", free_port(), FAST)
    try:
        cluster.initialise()
        cluster.start()
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("create database one")
            connection.execute("create database two")
        # On a server without Berth, again from the same folder, and where only the roles are there.
        for _ in range(2):
            with running(data_dir / "one", "--database-url", cluster.url("one")) as (_, printed):
                assert "demo" not in printed
        passwords = {
            role: (data_dir / "one" / f"{role}_password").read_text()
            for role in ("authenticator", "berth_gateway", "berth_worker")
        }
        refused = berth("up", "--data-dir", data_dir / "two", "--database-url", cluster.url("two"),
                        "--rest-port", free_port(), "--port", free_port())  # fmt: skip
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert f"set {', '.join(PASSWORD_NAMES)} to these" in refused.stderr
        assert all(can_log_in(cluster.url("one"), role, password) for role, password in passwords.items())
        with psycopg.connect(cluster.url("two"), autocommit=True) as connection:
            assert connection.execute("select to_regnamespace('booking'), to_regnamespace('yoyo')").fetchone() == (
                None,
                None,
            )
        for name, password in zip(PASSWORD_NAMES, passwords.values(), strict=True):
            monkeypatch.setenv(name, password)
        with running(data_dir / "two", "--database-url", cluster.url("two"), "--demo") as (_, printed):
            assert " 200 confirmed " in printed
        assert all(can_log_in(cluster.url("one"), role, password) for role, password in passwords.items())
        assert other_databases(cluster.url("one")) == ["two"]
        with psycopg.connect(cluster.url("one")) as connection:
            assert connection.execute("select from booking.tenants").fetchall() == []
    finally:
        cluster.stop("immediate")


def test_passwords_of_the_environment_on_a_new_server(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The roles that it makes get them, and have them when it starts again without its folder."""
    passwords = dict(zip(PASSWORDS, ("for-postgrest", "for-the-gateway", "for-the-worker"), strict=True))
    for role, password in passwords.items():
        monkeypatch.setenv(PASSWORDS[role], password)
    (data_dir / "server").mkdir(mode=0o755)
    cluster = Cluster(data_dir / "server", free_port(), FAST)
    try:
        cluster.initialise()
        cluster.start()
        for folder in ("one", "two"):
            with running(data_dir / folder, "--database-url", cluster.url("postgres")):
                assert all(can_log_in(cluster.url("postgres"), *login) for login in passwords.items())
    finally:
        cluster.stop("immediate")


def test_a_port_in_use_is_one_line_and_exit_2(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        for option, purpose in (("--pg-port", "PostgreSQL"), ("--rest-port", "PostgREST"), ("--port", "the gateway")):
            ports = {"--pg-port": free_port(), "--rest-port": free_port(), "--port": free_port(), option: port}
            done = berth("up", "--data-dir", data_dir, *(str(part) for pair in ports.items() for part in pair))
            expected = f"berth: port {port} for {purpose} is in use; free it or choose another with {option}\n"
            assert (done.returncode, done.stderr) == (2, expected)


@pytest.mark.parametrize("name", ["BERTH_PG_PORT", "BERTH_REST_PORT", "BERTH_PORT"])
@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_what_is_no_port_is_refused(data_dir: Path, name: str, port: str) -> None:
    done = berth("up", "--data-dir", data_dir, env={name: port})
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert f"(env var: '{name}')" in done.stderr


def test_one_port_for_two_is_one_line_and_exit_2(data_dir: Path) -> None:
    port, other = str(free_port()), str(free_port())
    done = berth("up", "--data-dir", data_dir, "--pg-port", other, "--rest-port", port, "--port", port)
    assert (done.returncode, done.stderr) == (
        2,
        "berth: --pg-port, --rest-port and --port must differ; one port serves one program\n",
    )


def test_a_missing_npm_is_one_line_and_exit_2(data_dir: Path, tmp_path: Path) -> None:
    # A copy of the package has no node_modules beside it.
    for package in ("gateway", "db", "bench"):
        shutil.copytree(Path(__file__).parents[1] / package, tmp_path / package)
    done = subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", "up", "--data-dir", data_dir],
        cwd=tmp_path, env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("berth: npm is missing")


def test_a_data_folder_of_another_version_is_one_line_and_exit_2(data_dir: Path) -> None:
    (data_dir / "pgdata").mkdir()
    (data_dir / "pgdata" / "PG_VERSION").write_text("14\n")
    ports = [str(free_port()) for _ in range(3)]
    done = berth("up", "--data-dir", data_dir, "--pg-port", ports[0], "--rest-port", ports[1], "--port", ports[2])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "was made by PostgreSQL 14" in done.stderr


def test_a_wrong_pg_bin_is_one_line_and_exit_2(data_dir: Path) -> None:
    done = berth("up", "--data-dir", data_dir, env={"PG_BIN": "/nowhere"})
    assert (done.returncode, done.stderr) == (
        2,
        "berth: PG_BIN=/nowhere holds no initdb; point it at PostgreSQL's bin folder\n",
    )


def test_commands_without_an_instance_say_so(data_dir: Path) -> None:
    for command in (["doctor"], ["migrate", "status"], ["token", "--tenant", "demo", "--user", "mia"]):
        done = berth(*command, "--data-dir", data_dir)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith("berth: ")
