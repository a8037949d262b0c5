"""What clients saw, as it happened: JSON lines that are only ever appended."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"
"""It was done; it was not done; nobody said."""


class History:
    """One file, which any number of threads and processes may write: a line is one write, and outlives its writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, outcome: str | None = None, **seen: Any) -> None:
        """Appends what was seen; without an outcome, what is about to be tried."""
        line = {"at": round(time.time(), 4), **({"outcome": outcome} if outcome else {}), **seen}
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def read(self, **wanted: Any) -> Iterator[dict[str, Any]]:
        """The lines in order, or those that say this."""
        with self.path.open() as lines:
            for line in map(json.loads, lines):
                if all(line.get(name) == value for name, value in wanted.items()):
                    yield line

    def close(self) -> None:
        os.close(self._file)
