"""A client that may be killed at any moment: it books, moves and cancels with idempotency keys, in a room of its own.

It writes down what it is about to ask before it asks. Started again, it reads that, as a telephone its outbox, and asks again
what had no answer, with the same key; or forgets it, as people do. Its task comes on standard input.
"""

import json
import random
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from tests.prove.history import FAILED, OK, UNKNOWN, History

_FIRST_SLOT = datetime(2100, 1, 1, tzinfo=UTC)
_FUNCTIONS = {
    "create": "create_reservation",
    "reschedule": "reschedule_reservation",
    "cancel": "cancel_reservation",
}


@dataclass
class Task:
    """What to do; all threads of the process share it but for the rooms."""

    url: str
    token: str
    history: str
    rooms: list[str]
    """One for each thread; the thread is known by it."""
    operations: int
    """How many each has to bring to an end."""
    until: str
    """A file; until it is there they go on."""


class Client:
    """One thread."""

    def __init__(self, task: Task, room: str, seed: int | None = None) -> None:
        self._task, self._room = task, room
        self._history = History(Path(task.history))
        self._random = random.Random(seed)
        self._http = urllib3.PoolManager(timeout=20, retries=False)
        self._mine: list[str] = []
        self._slots = 0
        self._ended = 0

    def run(self) -> None:
        """Until it has done its share and is told to stop."""
        self._remember()
        until = Path(self._task.until)
        while self._ended < self._task.operations or not until.exists():
            self.step()

    def step(self) -> None:
        """One operation, asked until it is answered."""
        choice = self._random.random()
        if self._mine and choice < 0.15:
            one = self._mine.pop(self._random.randrange(len(self._mine)))
            self._begin("cancel", {"reservation_id": one})
        elif self._mine and choice < 0.35:
            self._begin("reschedule", {"reservation_id": self._random.choice(self._mine), **self._next_slot()})
        else:
            self._begin("create", {"resource_id": self._room, **self._next_slot()})

    def _remember(self) -> None:
        asked: dict[str, dict[str, Any]] = {}
        for line in self._history.read(room=self._room):
            if "op" in line:
                asked[line["key"]] = line
                self._slots += line["op"] != "cancel"
                if line["op"] == "cancel":
                    self._mine.remove(line["body"]["reservation_id"])
            else:
                question = asked.pop(line["key"])
                self._ended += 1
                if line["outcome"] == OK and question["op"] == "create":
                    self._mine.append(line["id"])
        for key, line in asked.items():
            if self._random.random() < 0.5:
                self._ask(key, line["op"], line["body"])
            else:
                self._history.write(UNKNOWN, room=self._room, key=key)

    def _next_slot(self) -> dict[str, str]:
        start = _FIRST_SLOT + timedelta(hours=self._slots)
        self._slots += 1
        return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}

    def _begin(self, op: str, body: dict[str, str]) -> None:
        key = str(uuid.uuid4())
        body = {**body, "title": key} if op == "create" else body
        self._history.write(room=self._room, key=key, op=op, body=body)
        self._ask(key, op, body)

    def _ask(self, key: str, op: str, body: dict[str, str]) -> None:
        headers = {
            "Authorization": f"Bearer {self._task.token}", "Content-Type": "application/json", "Idempotency-Key": key,
        }  # fmt: skip
        url = f"{self._task.url}/rest/v1/rpc/{_FUNCTIONS[op]}"
        while True:
            try:
                answer = self._http.request("POST", url, body=json.dumps(body), headers=headers)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
                continue
            # What a gateway says that did not ask, or does not know: the same key may be tried again.
            if answer.status not in (429, 502, 503, 504):
                break
            time.sleep(0.05)
        self._ended += 1
        if answer.status != 200:
            self._history.write(FAILED, room=self._room, key=key, status=answer.status, body=answer.data.decode())
            return
        made = answer.json()
        if op == "create":
            self._mine.append(made["id"])
        self._history.write(OK, room=self._room, key=key, id=made["id"], version=made["version"])


def main() -> None:
    """All threads of this process."""
    task = Task(**json.load(sys.stdin))
    with ThreadPoolExecutor(len(task.rooms)) as threads:
        list(threads.map(lambda room: Client(task, room).run(), task.rooms))


def as_json(task: Task) -> str:
    """For the standard input of a client."""
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
