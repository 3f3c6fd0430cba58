"""Names and values of headers, as the client libraries hand them over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, cast

__all__ = [
    "as_text",
    "header_name",
    "is_of_requests",
    "length_of",
    "lower_items",
    "lower_names",
    "split_host",
]

_LONGEST_LENGTH = 19
"""Digits of a Content-Length that an attribute, a signed 64-bit integer, can hold."""
_PORT_DIGITS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}
_Plain = dict[str, Any]
_names: Callable[[Any], AbstractSet[str]] = _Plain.keys
_items: Callable[[Any], Iterable[tuple[str, Any]]] = _Plain.items
"""Of an ordered dictionary: its own views look each name up again."""


def length_of(value: object) -> int | None:
    """Return a Content-Length that is one; a library may hand it over as a number."""
    text = as_text(value).strip()
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if len(text) < _LONGEST_LENGTH else None


def lower_items(headers: Any) -> Iterable[tuple[str, Any]]:
    """Return names in lower case, with their values, in order."""
    store = _store_of(headers)
    if store is not None:
        return [(name, line[1]) for name, line in _items(store)]
    if hasattr(headers, "lower_items"):  # a mapping of `requests` that is not quite its own
        items: Iterable[tuple[str, Any]] = headers.lower_items()
        return items
    return [(str(name).lower(), value) for name, value in headers.items()]


def lower_names(headers: Any) -> AbstractSet[str]:
    """Return names in lower case, each once; in no order."""
    store = _store_of(headers)
    if store is None:
        return frozenset([name for name, _ in lower_items(headers)])
    return _names(store)


def _store_of(headers: Any) -> dict[str, tuple[str, Any]] | None:
    """Return what the mapping of `requests` holds: name and value, by the name in lower case.

    It is an ordered dictionary, which nobody reorders.
    """
    kind: Any = type(cast("object", headers))
    if not is_of_requests(kind):
        return None
    store: dict[str, tuple[str, Any]] = headers._store  # noqa: SLF001 - see `is_of_requests`
    return store


@lru_cache(maxsize=16)
def is_of_requests(kind: type[object]) -> bool:
    """Say whether this is the class of the headers of `requests`, whose inside is as we know it."""
    if (kind.__module__, kind.__name__) != ("requests.structures", "CaseInsensitiveDict"):
        return False
    held: object = getattr(kind(), "_store", None)
    return isinstance(held, dict)


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


@lru_cache(maxsize=256)
def split_host(host: str, scheme: str) -> tuple[str, int | None]:
    """Split ``host:port``; without a port the scheme's own is returned, None if unknown."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal() and not name.endswith(":") and len(port) <= _PORT_DIGITS:
        return name.strip("[]"), int(port)
    return (name if colon and not port else host).strip("[]"), _DEFAULT_PORTS.get(scheme)
