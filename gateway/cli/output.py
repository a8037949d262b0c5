"""What commands print. Nothing else prints, since what comes from the database or a file may hold what a terminal obeys."""

import json
from collections.abc import Sequence
from typing import Any

import click

from gateway.plain import as_line, as_lines


def say(line: object, *, err: bool = False) -> None:
    """Prints one line."""
    click.echo(as_line(str(line)), err=err)


def say_text(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Prints a text of several lines."""
    click.echo(as_lines(text), err=err, nl=nl)


def say_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], as_json: bool = False) -> None:
    """Prints rows below the names of their columns, or as one JSON list of objects."""
    if as_json:
        say(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False))
        return
    told = [[as_line(("no", "yes")[cell] if isinstance(cell, bool) else str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *told, strict=True)]
    for row in (list(columns), *told):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
