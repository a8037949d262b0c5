"""What commands print. Nothing else prints, since what comes from the database or a file may hold what a terminal obeys."""

import click

from gateway.plain import as_line, as_lines


def say(line: object, *, err: bool = False) -> None:
    """Prints one line."""
    click.echo(as_line(str(line)), err=err)


def say_text(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Prints a text of several lines."""
    click.echo(as_lines(text), err=err, nl=nl)
