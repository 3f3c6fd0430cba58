"""Attribute values of any type, read as the type that is meant.

Tools and back ends disagree on types: a status code may be ``200`` or ``"200"``, a header a list,
a string, or a list written as JSON. Nothing here raises; what cannot be read is empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from otelhook.model import Attributes, AttributeValue

__all__ = ["first_integer", "first_text", "integer", "text", "texts"]


def text(value: AttributeValue) -> str:
    """Return a scalar as text, the first of a list, and nothing for a mapping or None."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Sequence) and value:
        first = value[0]
        return text(first) if _is_scalar(first) else ""
    return ""


def integer(value: AttributeValue) -> int | None:
    """Return a whole number that is written as a number or as its digits, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    digits = text(value).strip()
    # Python refuses to convert very long digit strings; no number that is meant has 19 digits.
    if digits.isascii() and digits.isdigit() and len(digits) < 19:  # noqa: PLR2004 - as said above
        return int(digits)
    return None


def texts(value: AttributeValue) -> tuple[str, ...]:
    """Return a list's scalars as text; a scalar is a list of one, a JSON array is its items."""
    if isinstance(value, str):
        return _json_array(value) if value.startswith('["') else (value,)
    if isinstance(value, tuple):  # the form of nearly all headers, so worth a quick look
        if len(value) == 1 and isinstance(value[0], str):
            return (value[0],)
    elif isinstance(value, bytes | bytearray):
        return (text(value),)
    if isinstance(value, Sequence):
        return tuple(text(item) for item in value if _is_scalar(item))
    return (text(value),) if _is_scalar(value) else ()


def first_text(attributes: Attributes, keys: Sequence[str]) -> str:
    """Return the first of ``keys`` that holds any text, without surrounding space."""
    for key in keys:
        if key in attributes and (found := text(attributes[key]).strip()):
            return found
    return ""


def first_integer(attributes: Attributes, keys: Sequence[str]) -> int | None:
    """Return the first of ``keys`` that holds a whole number."""
    for key in keys:
        if key in attributes and (number := integer(attributes[key])) is not None:
            return number
    return None


def _is_scalar(value: AttributeValue) -> bool:
    return value is not None and (
        isinstance(value, str | bytes) or not isinstance(value, Sequence | Mapping)
    )


def _json_array(value: str) -> tuple[str, ...]:
    """Jaeger's query API hands arrays out as JSON text."""
    try:
        items: object = json.loads(value)
    except (ValueError, RecursionError):
        return (value,)
    if not isinstance(items, list):
        return (value,)
    listed = cast("list[object]", items)
    return tuple(i for i in listed if isinstance(i, str)) if _all_text(listed) else (value,)


def _all_text(items: Sequence[object]) -> bool:
    return all(isinstance(item, str) for item in items)
