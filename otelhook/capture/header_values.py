"""Names and values of headers, as the client libraries hand them over."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

__all__ = ["as_text", "header_name", "length_of", "lower_items"]

_LONGEST_LENGTH = 19
"""Digits of a Content-Length that an attribute, a signed 64-bit integer, can hold."""


def length_of(value: object) -> int | None:
    """Return a Content-Length that is one; a library may hand it over as a number."""
    text = as_text(value).strip()
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if len(text) < _LONGEST_LENGTH else None


def lower_items(headers: Any) -> Iterable[tuple[str, Any]]:  # noqa: ANN401 - any mapping of headers
    """Return names in lower case, with their values, in order."""
    if hasattr(headers, "lower_items"):  # the mapping of `requests` has them at hand
        items: Iterable[tuple[str, Any]] = headers.lower_items()
        return items
    return [(str(name).lower(), value) for name, value in headers.items()]


def as_text(value: object) -> str:
    """Return a header's name or value as text; all libraries take bytes as well."""
    if type(value) is str:
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return "" if value is None else str(value)


@lru_cache(maxsize=1024)
def header_name(key: str) -> str:
    """Return the header that an environ key stands for: ``HTTP_X_AUTH_TOKEN``."""
    return key[5:].replace("_", "-").lower()
