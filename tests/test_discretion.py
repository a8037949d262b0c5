"""No log of a running instance holds what people wrote, and none of its files is anybody else's to read."""

import json
import stat
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
from psycopg.conninfo import make_conninfo

from gateway.error_text import describe, format_exception
from tests.test_up import berth, data_dir, running  # noqa: F401 (a fixture)

ROOM = "de300000-0000-4000-8000-0000000000b2"
#: In everything that somebody writes here.
MARK = "hush"


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def send(url: str, token: str, method: str, path: str, body: Any = None, **headers: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
    data = None if body is None else body if isinstance(body, str) else json.dumps(body)
    return urllib3.request(method, url + path, body=data, headers=headers, retries=False, timeout=30).status


def make_every_kind_of_error(url: str, prefix: str, token: str, day: int) -> set[int]:
    """Through the gateway or straight to PostgREST; all the statuses that came back."""
    seen: set[int] = set()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> None:
        seen.add(send(url, token, method, prefix + path, body, **headers))

    booking: dict[str, Any] = {
        "resource_id": ROOM, "starts_at": f"2035-06-0{day}T09:00:00Z", "ends_at": f"2035-06-0{day}T10:00:00Z",
        "title": f"{MARK}-title", "notes": f"{MARK}-notes", "metadata": {"who": f"{MARK}@example.org"},
    }  # fmt: skip
    create = "rpc/create_reservation"
    ask("POST", create, booking, **{"Idempotency-Key": f"{MARK}-key-{day}"})
    ask("POST", create, booking)
    ask("POST", create, {**booking, "title": f"{MARK}-other"}, **{"Idempotency-Key": f"{MARK}-key-{day}"})
    ask("POST", create, {**booking, "title": MARK * 200})
    ask("POST", create, {**booking, "starts_at": f"{MARK}-time"})
    ask("POST", create, {**booking, "resource_id": f"{MARK}@example.org"})
    ask("POST", create, {**booking, "units": f"{MARK}-units"})
    ask("POST", create, {**booking, f"{MARK}_argument": 1})
    ask("POST", create, {**booking, "owner_id": str(uuid.uuid4()), "override": True, "reason": f"{MARK}-reason"})
    ask("POST", create, {**booking, "starts_at": "2001-01-01T00:00Z", "ends_at": "2001-01-01T01:00Z"})
    ask(
        "POST",
        create,
        {
            **booking,
            "title": f"{MARK}-fault",
            "starts_at": f"2035-07-0{day}T09:00Z",
            "ends_at": f"2035-07-0{day}T10:00Z",
        },
    )
    ask("POST", create, f'{{"title": "{MARK}-cut')
    ask("POST", f"rpc/{MARK}_function", {"title": MARK})
    ask("POST", "rpc/update_my_profile", {"email": f"{MARK}@example", "display_name": f"{MARK} Hopper"})
    ask("POST", "rpc/sync_reservations", {"operations": [{"op": "create", "id": f"{MARK}-id", "title": MARK}]})
    ask("POST", "resources", {"name": f"{MARK}-room"})
    ask("PATCH", f"members?email=eq.{MARK}@example.org", {"display_name": MARK})
    for query in (
        f"email=eq.{MARK}@example.org", f"user_id=eq.{MARK}@example.org", f"{MARK}_column=eq.1", f"select={MARK}_column",
        f"email={MARK}.x", f"order={MARK}", f"limit={MARK}",
    ):  # fmt: skip
        ask("GET", f"members?{query}")
    ask("GET", f"{MARK}_view?title=eq.{MARK}")
    seen.add(send(url, f"{token}{MARK}", "GET", f"{prefix}members?email=eq.{MARK}@example.org"))
    return seen


def test_no_log_says_what_people_write(data_dir: Path) -> None:  # noqa: F811
    with running(data_dir) as (_, _printed):
        found = json.loads(berth("status", "--json", "--data-dir", data_dir).stdout)
        token = berth("token", "--tenant", "demo", "--user", "mia", "--data-dir", data_dir).stdout.strip()
        with psycopg.connect(found["database_url"], autocommit=True) as connection:
            (pgdata,) = connection.execute("show data_directory").fetchone() or ("",)
            # A fault that no function foresees, and a duty that fails: both quote what somebody wrote.
            connection.execute(
                "create function booking.stumble() returns trigger language plpgsql as $$ begin"
                f" raise exception using errcode = 'check_violation', message = '{MARK}', detail = '{MARK}'; end $$"
            )
            connection.execute(
                "create trigger stumble before insert on booking.events for each row"
                f" when (new.subject ->> 'title' = '{MARK}-fault') execute function booking.stumble()"
            )
            connection.execute(
                "create trigger stumble before update on booking.event_consumers for each row"
                " execute function booking.stumble()"
            )
            server_log = Path(pgdata) / "server.log"
            lines = len(server_log.read_text().splitlines())
            by_gateway = make_every_kind_of_error(found["gateway_url"], "/rest/v1/", token, 4)
            straight = make_every_kind_of_error(found["rest_url"], "/", token, 5)
            assert {200, 400, 401, 403, 404, 409, 422} <= by_gateway & straight
            send(found["gateway_url"], token, "GET", f"/v1/events?after={MARK}")
            send(found["gateway_url"], f"{token}{MARK}", "GET", f"/v1/events/stream?ticket={MARK}")
            send(found["gateway_url"], token, "GET", f"/v1/calendars/{MARK}.ics")
            send(found["gateway_url"], token, "POST", "/v1/payments/payfast/notify", f"name_first={MARK}")
            wait_until(lambda: '"event": "failed"' in (data_dir / "logs" / "worker.log").read_text())
            connection.execute("drop function booking.stumble() cascade")
        logs = [server_log, *(data_dir / "logs").iterdir()]
        assert {log.name for log in logs} == {"server.log", "postgrest.log", "gateway.log", "worker.log"}
        for log in logs:
            text = log.read_text()
            assert MARK not in text, (log.name, [line for line in text.splitlines() if MARK in line][:3])
            assert token not in text
            assert token.split(".")[2] not in text
        told = server_log.read_text().splitlines()[lines:]
        assert [line for line in told if "checkpoint" not in line] == [], "a refusal is no line of the server's"

        # The fixture's folder itself lets PostgreSQL's user through.
        for path in (*data_dir.rglob("*"), *Path(pgdata).rglob("*")):
            if path.exists():
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode & 0o077 == 0, f"{path}: {mode:o}"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select 'hush'::uuid", "Representation 22P02"),
        ("select hush", 'column "hush" does not exist'),
        ("do $$ begin raise exception 'hush' using errcode = 'PT409', detail = 'hush'; end $$", " PT409"),
        ("select 1/0", " 22012"),
    ],
)
def test_what_is_said_of_a_database_error(query: str, told: str, server: Any) -> None:
    with psycopg.connect(server.url("postgres")) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(query.encode())
    assert describe(caught.value).endswith(told)
    assert "\n" not in describe(caught.value)


def test_what_is_said_of_other_errors() -> None:
    try:
        try:
            int("hush")
        except ValueError as error:
            raise RuntimeError("the reason") from error
    except RuntimeError as error:
        text = format_exception((type(error), error, error.__traceback__))
    assert "hush" not in text.replace('int("hush")', "")
    assert text.endswith("RuntimeError: the reason")
    assert "ValueError\n" in text
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(make_conninfo(host="127.0.0.1", port=1))
    assert describe(caught.value)
