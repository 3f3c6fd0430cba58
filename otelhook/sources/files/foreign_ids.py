"""Ids that are none of OpenTelemetry's: UUIDs, ``trace-123`` in an example written by hand.

A trace is worth showing whatever its ids look like. They are replaced, the same by the same
wherever they stand, so that parents and links still lead to their spans.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, cast

__all__ = ["ForeignIds"]

_DIGITS: Final = {"traceid": 32, "spanid": 16, "parentspanid": 16, "parentid": 16, "id": 16}
"""Names of members that hold ids, as they are without case and underscores, and an id's length."""

_NO_IDS_WITHIN: Final = frozenset(
    {"tags", "tag", "attributes", "resource", "fields", "process", "processes"}
)
"""Members in which such names are anything else."""

_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_BASE64: Final = re.compile(r"[0-9A-Za-z+/]{11,24}={0,2}")
_BASE64_LENGTHS: Final = frozenset({11, 12, 22, 24})
_DEPTH: Final = 20


class ForeignIds:
    """Replaces ids, and knows which."""

    def __init__(self) -> None:
        self.replaced: dict[str, str] = {}
        """From an id as it is in the file to what it is now."""

    def mended(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return an object with each id that is none as one."""
        return self._object(value, 0)

    def _object(self, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, item in value.items():
            plain = name.replace("_", "").lower()
            if plain in _DIGITS and isinstance(item, str):
                found[name] = self._id(item, _DIGITS[plain])
            elif plain in _NO_IDS_WITHIN:
                found[name] = item
            else:
                found[name] = self._any(item, depth + 1)
        return found

    def _any(self, value: object, depth: int) -> object:
        if depth > _DEPTH:
            return value
        if isinstance(value, dict):
            return self._object(cast("dict[str, Any]", value), depth)
        if isinstance(value, list):
            return [self._any(item, depth + 1) for item in cast("list[object]", value)]
        return value

    def _id(self, text: str, digits: int) -> str:
        plain = text.strip().removeprefix("0x")
        if not plain.strip("0") or (_HEX.fullmatch(plain) and len(plain) <= digits):
            return text
        if _BASE64.fullmatch(plain) and len(plain) in _BASE64_LENGTHS:
            return text
        without = plain.replace("-", "")
        if _HEX.fullmatch(without) and len(without) == digits:
            made = without.lower()  # a UUID
        else:
            made = hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:digits]
        self.replaced.setdefault(text, made)
        return made
