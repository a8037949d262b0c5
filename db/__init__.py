"""The database: sqitch's plan, its scripts, and the loader that runs them through yoyo."""

from pathlib import Path

DIR = Path(__file__).resolve().parent
