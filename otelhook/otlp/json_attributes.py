"""Attributes in OTLP's JSON form, and what some writers make of it.

A value is an object that names its type, ``{"intValue": "7"}``; a plain object of plain values is
read as well. Nothing here keeps what it is handed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from otelhook.model import Attributes, AttributeValue

__all__ = ["Json", "objects_in", "read_attributes", "read_integer"]

Json: TypeAlias = Mapping[str, Any]

_DEPTH = 100


def read_attributes(pairs: object, depth: int = 0) -> Attributes:
    """Return the attributes of a list of pairs, or of a plain object.

    Raises:
        TypeError, KeyError: they have another shape, or are nested too deep.
        ValueError: a value is not of the type that it names.
    """
    if isinstance(pairs, dict):  # as some tools write them, a plain object
        given = cast("Json", pairs)
        return {name: _plain(value, depth + 1) for name, value in given.items()}
    entries = objects_in(pairs, "attributes")
    return {str(pair["key"]): _value(pair.get("value"), depth + 1) for pair in entries}


def _value(value: object, depth: int) -> AttributeValue:
    if depth > _DEPTH:
        message = f"attributes nested deeper than {_DEPTH}"
        raise TypeError(message)
    if not isinstance(value, dict):
        return _plain(value, depth)
    for name, content in cast("Json", value).items():
        read = _READERS.get(name)
        if read is not None:
            return read(content)
        if name in {"arrayValue", "array_value"}:
            return tuple(_value(item, depth + 1) for item in _items(content))
        if name in {"kvlistValue", "kvlist_value"}:
            return read_attributes(cast("Json", content or {}).get("values"), depth)
    return None


def _items(array: object) -> list[object]:
    values: object = cast("Json", array or {}).get("values") or []
    if not isinstance(values, list):
        message = "values is not a list"
        raise TypeError(message)
    return cast("list[object]", values)


def _plain(value: object, depth: int) -> AttributeValue:
    """Read a value that was written as itself, without its type."""
    if depth > _DEPTH:
        message = f"attributes nested deeper than {_DEPTH}"
        raise TypeError(message)
    if isinstance(value, list):
        return tuple(_plain(item, depth + 1) for item in cast("list[object]", value))
    if isinstance(value, dict):
        return (
            _value(cast("Json", value), depth)
            if _is_typed(cast("Json", value))
            else {name: _plain(item, depth + 1) for name, item in cast("Json", value).items()}
        )
    return value if isinstance(value, str | bool | int | float) else None


def _is_typed(value: Json) -> bool:
    return len(value) == 1 and next(iter(value)) in _TYPED


def _bytes(value: object) -> bytes:
    text = str(value)
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "==")
    except binascii.Error as error:
        message = f"a bytes value is not base64: {error}"
        raise ValueError(message) from None


def read_integer(value: object) -> int:
    """Return an integer written as a number or a string; nothing is zero."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        message = f"expected an integer, got {value!r}"
        raise ValueError(message)  # noqa: TRY004 - the span is left out, not the file
    return int(value)


_READERS: Mapping[str, Callable[[Any], AttributeValue]] = {
    "stringValue": str,
    "string_value": str,
    "boolValue": bool,
    "bool_value": bool,
    "intValue": read_integer,
    "int_value": read_integer,
    "doubleValue": float,  # also "NaN", "Infinity" and "-Infinity"
    "double_value": float,
    "bytesValue": _bytes,
    "bytes_value": _bytes,
}

_TYPED = frozenset({*_READERS, "arrayValue", "array_value", "kvlistValue", "kvlist_value"})


def objects_in(found: object, name: str) -> list[Json]:
    """Return a list of objects; nothing is an empty one.

    Raises:
        TypeError: it is something else; the name stands in the text.
    """
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):  # pyright: ignore[reportUnknownVariableType]
        message = f"{name} is not a list of objects"
        raise TypeError(message)
    return cast("list[Json]", found)
