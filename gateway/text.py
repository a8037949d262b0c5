"""Text of callers, where it must fit on one line: headers, names."""

import re


def one_line(text: str) -> str:
    """The text with a space for each run of control characters and ends of lines."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()
