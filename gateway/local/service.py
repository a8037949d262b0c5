"""A process of ours: started, waited for, watched, stopped."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import urllib3

from gateway.local import LocalError
from gateway.local.ports import HOST


class Service:
    """One process; as a context it runs from beginning to end."""

    name: str
    """For people."""
    port: int | None = None
    """Where it listens, if it does."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log_file: Path) -> None:
        """``environment`` is all that the process gets."""
        self.process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._environment = environment
        self._log_file = log_file

    def start(self, timeout: float = 30) -> None:
        """Starts it and waits until it can work."""
        with open(os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            os.fchmod(log.fileno(), 0o600)  # one of an earlier version, too
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.running():
            if self.ready():
                return
            time.sleep(0.05)
        self.stop()
        raise LocalError(f"{self.name} did not start; see {self._log_file}")

    def ready(self) -> bool:
        """Whether it can work: at once, unless a subclass knows how to ask it."""
        return True

    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stops it, if it runs."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class HttpService(Service):
    """One process that speaks HTTP on ``port``."""

    port: int
    probe = "/"
    """The path that tells whether it can work."""

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], port: int, log_file: Path
    ) -> None:
        super().__init__(command, environment, log_file)
        self.port = port
        self.url = f"http://{HOST}:{port}"

    def ready(self) -> bool:
        try:
            return self.can_work(urllib3.request("GET", self.url + self.probe, timeout=2, retries=False).status)
        except urllib3.exceptions.HTTPError:
            return False

    def can_work(self, status: int) -> bool:
        """Whether this answer of the probe says that it can work."""
        return status == 200


def environment_with(settings: Mapping[str, str], *, without: str = "") -> dict[str, str]:
    """This process's environment and ``settings``, but for inherited names that begin with ``without``."""
    inherited = {name: value for name, value in os.environ.items() if not without or not name.startswith(without)}
    return {**inherited, **settings}
