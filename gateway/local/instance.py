"""The running instance of a data folder: what ``berth up`` writes down and the other commands read."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
import urllib3

from gateway.local import LocalError


@dataclass
class Instance:
    """Where everything is, and which processes are it."""

    gateway_url: str
    rest_url: str
    database_url: str
    jwt_secret_file: str
    supervisor: tuple[int, float]
    """Process id and the moment the process began: ids are reused, the pair is not."""
    children: dict[str, tuple[int, float]] = field(default_factory=dict)

    @staticmethod
    def path(data_dir: Path) -> Path:
        return data_dir / "instance.json"

    @classmethod
    def load(cls, data_dir: Path) -> "Instance | None":
        """What was written down, whether or not it still runs."""
        try:
            return cls(**json.loads(cls.path(data_dir).read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (TypeError, ValueError) as error:
            raise LocalError(f"{cls.path(data_dir)} is damaged ({error}); delete it") from None

    @classmethod
    def require(cls, data_dir: Path) -> "Instance":
        """The running instance, or a LocalError that says how to start it."""
        instance = cls.load(data_dir)
        if instance is None or not instance.alive():
            raise LocalError(f"nothing runs from {data_dir}; start it with 'berth up', or give --database-url")
        return instance

    def save(self, data_dir: Path) -> None:
        target = self.path(data_dir)
        draft = target.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(target)

    def alive(self) -> bool:
        """Whether ``berth up`` itself still runs."""
        return find_process(self.supervisor) is not None

    def ready(self) -> bool:
        """Whether the gateway answers and reaches PostgREST."""
        try:
            return urllib3.request("GET", f"{self.gateway_url}/ready", timeout=5, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def stop_children(self) -> None:
        """Stops what a killed ``berth up`` left behind, the last started first."""
        for identity in reversed(self.children.values()):
            process = find_process(identity)
            if process:
                process.terminate()
                try:
                    process.wait(10)
                except psutil.TimeoutExpired:
                    process.kill()


def identify(pid: int) -> tuple[int, float]:
    """The process by its id and the moment it began."""
    return pid, psutil.Process(pid).create_time()


def find_process(identity: tuple[int, float]) -> psutil.Process | None:
    """The process, if it is still that one."""
    pid, created = identity
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < 1 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except psutil.NoSuchProcess:
        pass
    return None


def wait_until_gone(identity: tuple[int, float], timeout: float) -> bool:
    """Whether the process ended in time."""
    deadline = time.monotonic() + timeout
    while find_process(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
