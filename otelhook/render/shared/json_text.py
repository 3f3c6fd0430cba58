"""JSON as text that no terminal obeys, and that every encoding takes."""

from __future__ import annotations

import json
import re
from typing import Final

__all__ = ["json_text", "spelled"]

_SPELLED: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What JSON allows to stand as it is, though terminals obey it (DEL, C1, and what turns the
direction of text), lines end with it, or no encoding takes it (lone surrogates)."""


def json_text(value: object, indent: int | None = 2) -> str:
    """Return a value as JSON, its characters as they are but for those that are to be spelled."""
    return spelled(json.dumps(value, indent=indent, ensure_ascii=False))


def spelled(text: str) -> str:
    """Return JSON with those of its characters spelled that are to be."""
    # Beyond ASCII there is nothing but the content of strings.
    return _SPELLED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
