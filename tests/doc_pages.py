"""The code of the docs, run as a reader would: block after block, on a demo tenant of its own for each page.

What shows code is one of

- ```sh, ```python, ```sql, ```ts: run, in the order of the page. Shell variables last from block to block, and are in
  ``os.environ`` of Python; names of Python last too. The ``ts`` blocks of a page are one module, checked by tsc.
- ```json, ```text: what the block before has printed; ``…`` stands for anything.
- anything below a comment ``<!-- not run: REASON -->``, with one of ``REASONS``.

In Python ``expression  # => value`` is checked, with ``…`` for anything in a string.
"""

import ast
import contextlib
import io
import os
import re
import subprocess
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]

REASONS = {
    "needs Docker",
    "needs a browser",
    "needs pg_cron",
    "needs npm packages that Berth does without",
    "stays in the foreground",
    "what a receiver gets",
    "needs an account at PayFast",
    "settings",
    "needs a database of its own",
    "needs a Supabase project",
    "it is the tests",
}
"""Why a block is not run; beside these, ``by tests/test_….py``, which runs it."""

BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block, and the line of its page on which its text begins."""

    page: Path
    language: str
    text: str
    line: int
    reason: str | None


def read_blocks(page: Path) -> list[Block]:
    """The blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, match["language"], match["text"], text.count("\n", 0, match.start("text")) + 1, match["reason"])
        for match in BLOCK.finditer(text)
    ]


def is_known(reason: str) -> bool:
    """Whether a block may be left out for it."""
    by = re.fullmatch(r"by (tests/[\w/]*test_\w+\.py)", reason)
    return (ROOT / by[1]).exists() if by else reason in REASONS


@dataclass
class Reader:
    """Somebody with a shell, a Python, a psql and a folder of their own, who follows one page."""

    folder: Path
    database_url: str
    environment: dict[str, str]
    replacements: Mapping[str, str]
    """What the page says, and what it is here: addresses, ids of the demo tenant."""
    names: dict[str, Any] = field(default_factory=dict)

    def follow(self, blocks: list[Block]) -> None:
        """Runs them; AssertionError names the block that does not do what it says."""
        said = ""
        module = [block for block in blocks if block.language == "ts" and not block.reason]
        for block in blocks:
            if block.reason:
                continue
            text = self._here(block.text)
            match block.language:
                case "sh":
                    said = self._shell(text, block)
                case "python":
                    said = self._python(text, block)
                case "sql":
                    said = self._sql(text, block)
                case "ts":
                    said = self._typescript(module) if block is module[-1] else ""
                case "mermaid":
                    pass
                case "json" | "text":
                    self._compare(text, said, block)
                case language:
                    raise self._failure(block, f"nobody knows how to run {language or 'a block without language'}")

    def _here(self, text: str) -> str:
        for there, here in self.replacements.items():
            text = text.replace(there, here)
        return text

    def _failure(self, block: Block, what: str) -> AssertionError:
        return AssertionError(f"{block.page.relative_to(ROOT)}:{block.line}: {what}")

    def _shell(self, text: str, block: Block) -> str:
        state = self.folder / "environment"
        script = f"set -aeuo pipefail\n{text}\nenv -0 > {state}\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise self._failure(block, f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        pairs = (pair.split("=", 1) for pair in state.read_text().split("\0") if "=" in pair)
        self.environment = dict(pairs)
        return done.stdout

    def _python(self, text: str, block: Block) -> str:
        # As many empty lines before it as the page has: a traceback gives the page's line.
        tree = ast.parse("\n" * (block.line - 1) + text, str(block.page))
        promises = _Promises(text, block.line)
        promises.visit(tree)
        if promises.left:
            raise self._failure(block, f"no expression ends in the lines {list(promises.left)}, which say its value")
        self.names |= {"__name__": "__main__", "__check__": _check}
        said = io.StringIO()
        with contextlib.redirect_stdout(said), _environment(self.environment):
            try:
                exec(compile(tree, str(block.page), "exec"), self.names)
            except Exception as error:
                lines = [
                    frame.lineno
                    for frame in traceback.extract_tb(error.__traceback__)
                    if frame.filename == str(block.page)
                ]
                raise AssertionError(f"{block.page.relative_to(ROOT)}:{lines[-1]}: {error!r}") from error
        return said.getvalue()

    def _sql(self, text: str, block: Block) -> str:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            try:
                result = connection.execute(text)
            except psycopg.Error as error:
                raise self._failure(block, str(error)) from error
            rows = result.fetchall() if result.description else []
        return "".join(" | ".join("" if value is None else str(value) for value in row) + "\n" for row in rows)

    def _typescript(self, blocks: list[Block]) -> str:
        page = blocks[-1].page
        lines: list[str] = []
        for block in blocks:
            # tsc, too, gives the page's lines.
            lines += [""] * (block.line - 1 - len(lines)) + self._here(block.text).splitlines()
        (self.folder / f"{page.stem}.mts").write_text("\n".join(lines) + "\n")
        (self.folder / "node.d.ts").write_text("declare const process: { env: Record<string, string | undefined> };\n")
        said = ""
        for command in (
            [ROOT / "node_modules" / ".bin" / "tsc", "--strict", "--target", "es2022", "--module", "nodenext",
             "--skipLibCheck", "--types", "", "node.d.ts", f"{page.stem}.mts"],
            ["node", f"{page.stem}.mjs"],
        ):  # fmt: skip
            done = subprocess.run(
                command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=60
            )
            if done.returncode:
                raise self._failure(blocks[-1], done.stdout + done.stderr)
            said = done.stdout
        return said

    def _compare(self, expected: str, said: str, block: Block) -> None:
        if not _pattern("".join(expected.split())).fullmatch("".join(said.split())):
            raise self._failure(block, f"the block before it printed\n{said[:2000]}")


class _Promises(ast.NodeTransformer):
    """Makes of ``expression  # => value`` a check."""

    def __init__(self, text: str, first_line: int) -> None:
        lines = (line.partition("  # => ") for line in text.splitlines())
        self.left = {number: value for number, (_, _, value) in enumerate(lines, first_line) if value}

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        value = self.left.pop(node.end_lineno or 0, None)
        if value is not None:
            check = ast.Name("__check__", ast.Load())
            node.value = ast.copy_location(ast.Call(check, [node.value, ast.Constant(value)], []), node.value)
        return ast.fix_missing_locations(node)


def _check(value: Any, promised: str) -> None:
    """AssertionError, unless it is what the page says; ``…`` stands for anything."""
    assert _pattern(promised).fullmatch(repr(value)), f"{value!r}, not {promised}"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("…"))), re.DOTALL)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
