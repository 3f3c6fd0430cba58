"""Text within a string of JSON, as the lines that it stands for: many places begin a line.

Documents in JSON and HAR have each body as one string, on a line of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

__all__ = ["texts_within"]

_MEMBER: Final = re.compile(
    r"\s{0,64}\{?\s{0,8}\"[^\"\\]{1,64}\"\s{0,4}:\s{0,4}(?P<text>\"(?:[^\"\\]|\\.){8,65536}\")\s{0,4}\}?,?\s{0,4}"
)


def texts_within(line: str) -> Iterator[str]:
    """Yield the lines of the text that is the value of a member, if that is all on this line."""
    match = _MEMBER.fullmatch(line)
    if match is None:
        return
    try:
        text = json.loads(match["text"], strict=False)
    except ValueError:
        return
    yield from str(text).split("\n")
