"""What the figures were measured on."""

import os
import platform
from pathlib import Path
from typing import Any

import psutil


def describe(postgresql: str, settings: dict[str, str]) -> dict[str, Any]:
    """The machine, its PostgreSQL and how that is set, as the report shows them."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "postgresql": postgresql,
        "settings": settings,
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
