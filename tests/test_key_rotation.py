"""The JWT secret is rotated while tokens of the old key are about: real PostgREST, no token refused too early or too late."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import urllib3

from gateway.keys import Key, read_keys, write_keys
from gateway.local.ports import free_port
from gateway.local.postgrest import PostgREST
from tests.conftest import JWT_SECRET, Stack, Tenant, run_berth
from tests.test_races import wait_until


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "jwt_secret"
    path.write_text(JWT_SECRET + "\n")
    path.chmod(0o640)
    return path


@pytest.fixture
def rest(stack: Stack, secret_file: Path) -> Iterator[PostgREST]:
    log_file = secret_file.with_name("rest.log")
    login = stack.login_url("authenticator")
    with PostgREST(login, secret_file, free_port(), log_file, is_pooled=bool(stack.pooler)) as rest:
        yield rest


def test_no_token_is_refused_before_its_key_is_retired(
    environment: dict[str, str], rest: PostgREST, tenant: Tenant, secret_file: Path
) -> None:
    environment = {**environment, "BERTH_JWT_SECRET_FILE": str(secret_file)}
    person = tenant.person("member")

    def issue() -> str:
        done = run_berth(environment, "token", "--tenant", tenant.slug, "--user", str(person.user_id))
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    def status(token: str) -> int:
        answer = urllib3.request(
            "GET", f"{rest.url}/resources", headers={"Authorization": f"Bearer {token}"}, retries=False
        )
        return answer.status

    def reload() -> None:
        assert rest.process
        rest.process.send_signal(signal.SIGUSR2)

    old = issue()
    assert status(old) == 200
    done = run_berth(environment, "secret", "rotate")
    assert (done.exit_code, done.stdout) == (
        0, f"{secret_file} has 2 keys; restart PostgREST to have it read them\n",
    )  # fmt: skip
    assert stat.S_IMODE(secret_file.stat().st_mode) == 0o640
    new = issue()
    assert status(new) == 401
    reload()
    wait_until(lambda: status(new) == 200)
    assert (status(old), status(issue())) == (200, 200)
    # Once more, before the first is retired.
    assert run_berth(environment, "secret", "rotate").exit_code == 0
    reload()
    newest = issue()
    wait_until(lambda: status(newest) == 200)
    assert (status(old), status(new)) == (200, 200)
    done = run_berth(environment, "secret", "retire")
    assert done.stdout == f"{secret_file} has 1 key; restart PostgREST to have it read them\n"
    # What it has verified it may remember for a while, so what is retired is seen to be refused after a restart.
    rest.stop()
    rest.start()
    assert (status(old), status(new), status(newest), status(issue())) == (401, 401, 200, 200)
    assert sorted(path.name for path in secret_file.parent.iterdir()) == ["jwt_secret", "rest.log"]


def test_a_secret_of_the_environment_is_printed(environment: dict[str, str]) -> None:
    environment = {name: value for name, value in environment.items() if name != "BERTH_JWT_SECRET_FILE"}
    environment["BERTH_JWT_SECRET"] = JWT_SECRET
    both = run_berth({**environment, "BERTH_JWT_SECRET_FILE": ""}, "secret", "rotate").stdout.strip()
    new, old = json.loads(both)["keys"]
    assert old == Key(JWT_SECRET.encode()).as_jwk()
    assert len(read_keys(both)[0].secret) >= 32
    one = run_berth({**environment, "BERTH_JWT_SECRET_FILE": "", "BERTH_JWT_SECRET": both}, "secret", "retire").stdout
    assert json.loads(one) == {"keys": [new]}


def test_the_first_key_signs_and_names_itself(environment: dict[str, str], tenant: Tenant, tmp_path: Path) -> None:
    keys = [Key.generate(), Key.generate()]
    path = tmp_path / "jwks"
    path.write_text(write_keys(keys))
    person = tenant.person("member")
    command = ("token", "--tenant", tenant.slug, "--user", str(person.user_id))
    token = run_berth({**environment, "BERTH_JWT_SECRET_FILE": str(path)}, *command).stdout.strip()
    assert jwt.get_unverified_header(token)["kid"] == keys[0].id
    assert jwt.decode(token, keys[0].secret, algorithms=["HS256"])["sub"] == str(person.user_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        '{"keys": [{"kty": "oct", "k": ""}]}',
        "{",
        "{}",
        '{"keys": []}',
        '{"keys": [{"kty": "RSA", "n": "x"}]}',
        '{"keys": [{"kty": "oct"}]}',
        '{"keys": 1}',
    ],
)
def test_what_is_no_jwks_is_one_line(environment: dict[str, str], tenant: Tenant, tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwks"
    path.write_text(text)
    environment = {**environment, "BERTH_JWT_SECRET_FILE": str(path)}
    user = str(tenant.person("member").user_id)
    for command in (("secret", "rotate"), ("secret", "retire"), ("token", "--tenant", tenant.slug, "--user", user)):
        done = run_berth(environment, *command)
        assert done.exit_code == 2
        assert done.stderr.startswith("berth: the JWT secret is ")
        assert len(done.stderr.splitlines()) == 1
    assert path.read_text() == text


def test_a_deployment_refuses_a_weak_key_among_them(tmp_path: Path) -> None:
    secrets = {f"BERTH_{name}_PASSWORD": "x" * 40 for name in ("AUTHENTICATOR", "GATEWAY", "WORKER")}
    weak = write_keys([Key.generate(), Key(b"short")])
    file = tmp_path / "jwks"
    file.write_text(weak)
    for given in {"BERTH_JWT_SECRET": weak}, {"BERTH_JWT_SECRET": "x" * 40, "BERTH_JWT_SECRET_FILE": str(file)}:
        environment = {**os.environ, **secrets, **given, "BERTH_ENV": "production"}
        done = run_berth(environment, "deploy", "--database-url", "postgresql://127.0.0.1:1/x")
        said = "berth: BERTH_JWT_SECRET has fewer than 32 characters; make one with: openssl rand -hex 32\n"
        assert (done.exit_code, done.stderr) == (2, said)
