"""Lines of JSON, a row each (https://github.com/ndjson/ndjson-spec)."""

from __future__ import annotations

import json
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["ndjson"]

_TYPES: Final = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines"}
)
_ROWS: Final = 500
"""Rows of the table; the text has all of them."""


def ndjson(content: Content) -> Shown | None:
    """Return a row for each line, numbered; a last line that was cut is shown as it came."""
    text = content.text
    if text is None:
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    if content.media_type not in _TYPES and not _looks_so(lines, content.media_type):
        return None
    rows = tuple((str(number), line.strip()) for number, line in enumerate(lines[:_ROWS], 1))
    return Shown("json", text, ("line", "value"), rows, name="lines")


def _looks_so(lines: list[str], media_type: str) -> bool:
    """Tell lines that are objects each from one object laid out over lines."""
    if len(lines) < len(("one", "two")) or not all(line.startswith("{") for line in lines):
        return False
    if media_type and "json" not in media_type and not media_type.startswith("text/plain"):
        return False
    return all(isinstance(json.loads(line), dict) for line in lines[:_ROWS])
