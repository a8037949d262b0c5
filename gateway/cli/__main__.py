"""``python -m gateway.cli``, the same as ``berth``."""

from gateway.cli import main

main()
