"""Text of members on its way to a header, a spreadsheet or a terminal, which would do what it says instead of showing it."""

import re

#: What a terminal obeys or nobody sees: control characters, also those of C1; separators of lines; overrides of direction.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
#: What makes a cell a formula, by the OWASP's list: where it begins, and where it would if it were read with another separator.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20])")


def one_line(text: str) -> str:
    """The text on one line, with a space for each run of control characters and ends of lines: for headers and names."""
    return re.sub(rf"{_CONTROLS.pattern}+", " ", text).strip()


def clean_text(text: str) -> str:
    """A text of several lines: of the control characters only the end of a line, and no override of direction."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", " ", text.replace("\r\n", "\n"))


def as_line(text: str) -> str:
    """One line for a terminal: control characters are shown as Python writes them."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def as_lines(text: str) -> str:
    """The same of a text of several lines."""
    return "\n".join(map(as_line, text.split("\n")))


def as_cell(value: object) -> object:
    """A value for a spreadsheet: text that would be a formula begins with an apostrophe; numbers stay what they are."""
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
