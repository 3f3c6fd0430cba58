"""Text within a string of JSON, as the lines that it stands for: many places begin a line.

Documents in JSON and HAR have each body as one string, on a line of its own; those in HTML, and
whatever a program writes in few lines, have many of them on one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Final

__all__ = ["encoded", "texts_within"]

_MEMBER: Final = re.compile(
    r"\"[^\"\\]{1,64}\"\s{0,4}:\s{0,4}(?P<text>\"(?:[^\"\\]|\\.){8,65536}\")"
)


_ENCODED: Final = re.compile(
    r"(?<![\w.+/=-])(?:eyJ|eyAi|ewo|W3si)[\w+/-]{8,8192}={0,2}(?![\w.+/-])"
)
"""An object of JSON in base64, and no part of a JWT."""


def encoded(text: str) -> Iterator[str]:
    """Yield each document of JSON that is in the text in base64."""
    for match in _ENCODED.finditer(text):
        raw = match.group().replace("-", "+").replace("_", "/")
        raw = raw[: len(raw) - (len(raw.rstrip("=")) % 4 == 1)]  # one sign too many says nothing
        yield " ".join(base64.b64decode(raw + "==").decode("utf-8", "replace").split())


def texts_within(line: str) -> Iterator[list[str]]:
    """Yield the lines of each text that is the value of a member on this line."""
    for match in _MEMBER.finditer(line):
        try:
            text = json.loads(match["text"], strict=False)
        except ValueError:
            continue
        yield str(text).split("\n")
